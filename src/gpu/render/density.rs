//! The points of a crowded map as a density: sums by pixel in a compute pass, then shown.

use super::map_points::{MapPoint, MapStyle};
use super::pipelines;

/// Points of one dispatch: their positions must fit the smallest storage binding that every adapter has.
const SLICE: u32 = 1 << 22;
/// Threads of a workgroup, as in the shader.
const WORKGROUP: u32 = 64;
/// Workgroups along one axis of a dispatch.
const MOST_GROUPS: u32 = 65_535;

/// Pipelines and sums of the density; made for the first crowded map.
pub(super) struct Density {
    splat: wgpu::ComputePipeline,
    splat_layout: wgpu::BindGroupLayout,
    show: wgpu::RenderPipeline,
    show_layout: wgpu::BindGroupLayout,
    sums: Option<wgpu::Buffer>,
    show_bind_group: Option<wgpu::BindGroup>,
}

impl Density {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("map_density"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/map_density.wgsl").into()),
        });
        let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
        let layout = |label, stages, bindings: &[(u32, wgpu::BufferBindingType)]| {
            let entries: Vec<_> = bindings
                .iter()
                .map(|&(binding, ty)| wgpu::BindGroupLayoutEntry {
                    binding,
                    visibility: stages,
                    ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                    count: None,
                })
                .collect();
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
        };
        let uniform = (0, wgpu::BufferBindingType::Uniform);
        let splat_bindings = [uniform, (1, storage(true)), (2, storage(true)), (3, storage(false))];
        let splat_layout = layout("map_density splat", wgpu::ShaderStages::COMPUTE, &splat_bindings);
        let show_bindings = [uniform, (4, storage(true))];
        let show_layout = layout("map_density show", wgpu::ShaderStages::FRAGMENT, &show_bindings);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("map_density splat"),
            bind_group_layouts: &[Some(&splat_layout)],
            ..Default::default()
        });
        let splat = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("map_density splat"),
            layout: Some(&pipeline_layout),
            module: &shader,
            entry_point: Some("splat"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let show = pipelines::density(device, &shader, &show_layout);
        Self { splat, splat_layout, show, show_layout, sums: None, show_bind_group: None }
    }

    /// Whether a picture of `size` pixels has few enough of them for the sums of each.
    pub(super) fn fits(device: &wgpu::Device, size: [u32; 2]) -> bool {
        sums_size(size) <= device.limits().max_storage_buffer_binding_size
    }

    /// Sums the first `count` points, of which one stands for `thinning`, by pixel of a picture of `size`.
    pub(super) fn splat(
        &mut self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        view: &wgpu::Buffer,
        (points, styles): (&wgpu::Buffer, &wgpu::Buffer),
        (count, thinning): (u32, u32),
        size: [u32; 2],
    ) {
        let bytes = sums_size(size);
        if self.sums.as_ref().is_none_or(|sums| sums.size() != bytes) {
            let sums = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("map_density sums"),
                size: bytes,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            self.show_bind_group = Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("map_density show"),
                layout: &self.show_layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: view.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 4, resource: sums.as_entire_binding() },
                ],
            }));
            self.sums = Some(sums);
        }
        let Some(sums) = &self.sums else { return };
        encoder.clear_buffer(sums, 0, None);
        for first in (0..count).step_by(SLICE as usize) {
            let part = SLICE.min(count - first);
            let slice = |buffer, stride: usize| {
                wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: u64::from(first) * stride as u64,
                    size: std::num::NonZeroU64::new(u64::from(part) * stride as u64),
                })
            };
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("map_density splat"),
                layout: &self.splat_layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: view.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: slice(points, size_of::<MapPoint>()) },
                    wgpu::BindGroupEntry { binding: 2, resource: slice(styles, size_of::<MapStyle>()) },
                    wgpu::BindGroupEntry { binding: 3, resource: sums.as_entire_binding() },
                ],
            });
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("map_density splat"),
                timestamp_writes: None,
            });
            pass.set_pipeline(&self.splat);
            pass.set_bind_group(0, &bind_group, &[]);
            let groups = part.div_ceil(thinning).div_ceil(WORKGROUP);
            pass.dispatch_workgroups(groups.min(MOST_GROUPS), groups.div_ceil(MOST_GROUPS), 1);
        }
    }

    /// Shows the sums.
    pub(super) fn show(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(bind_group) = &self.show_bind_group {
            pass.set_pipeline(&self.show);
            pass.set_bind_group(0, bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// Bytes of the sums: red, green, blue and coverage of each pixel.
fn sums_size(size: [u32; 2]) -> u64 {
    u64::from(size[0]) * u64::from(size[1]) * 16
}
