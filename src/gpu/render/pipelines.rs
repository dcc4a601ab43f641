//! The pipelines that draw the map.

use super::map_points::{MapPoint, MapStyle, PICTURE_FORMAT};

/// What tells one of the map's pipelines from another.
struct Drawing<'a> {
    label: &'a str,
    layout: &'a wgpu::BindGroupLayout,
    vertex: &'a str,
    buffers: &'a [Option<wgpu::VertexBufferLayout<'a>>],
    topology: wgpu::PrimitiveTopology,
    fragment: &'a str,
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
}

/// Discs, one instanced quad each.
pub(super) fn discs(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    const POINT: [wgpu::VertexAttribute; 1] = wgpu::vertex_attr_array![0 => Float32x4];
    const STYLE: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![1 => Unorm8x4, 2 => Float32];
    let instances = |size: usize, attributes: &'static [wgpu::VertexAttribute]| {
        let (array_stride, step_mode) = (size as u64, wgpu::VertexStepMode::Instance);
        Some(wgpu::VertexBufferLayout { array_stride, step_mode, attributes })
    };
    let drawing = Drawing {
        label: "map_points discs",
        layout,
        vertex: "vs_disc",
        buffers: &[instances(size_of::<MapPoint>(), &POINT), instances(size_of::<MapStyle>(), &STYLE)],
        topology: wgpu::PrimitiveTopology::TriangleStrip,
        fragment: "fs_disc",
        format: PICTURE_FORMAT,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
    };
    drawing.pipeline(device, shader)
}

/// The copy of a picture to the window.
pub(super) fn copy(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let drawing = Drawing {
        label: "map_points copy",
        layout,
        vertex: "vs_copy",
        buffers: &[],
        topology: wgpu::PrimitiveTopology::TriangleList,
        fragment: if format.is_srgb() { "fs_copy_decoded" } else { "fs_copy" },
        format,
        blend: None,
    };
    drawing.pipeline(device, shader)
}

/// What the sums of the density become in the picture, over what is there.
pub(super) fn density(
    device: &wgpu::Device,
    shader: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    let drawing = Drawing {
        label: "map_density show",
        layout,
        vertex: "vs_density",
        buffers: &[],
        topology: wgpu::PrimitiveTopology::TriangleList,
        fragment: "fs_density",
        format: PICTURE_FORMAT,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
    };
    drawing.pipeline(device, shader)
}

impl Drawing<'_> {
    fn pipeline(&self, device: &wgpu::Device, shader: &wgpu::ShaderModule) -> wgpu::RenderPipeline {
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(self.label),
            bind_group_layouts: &[Some(self.layout)],
            ..Default::default()
        });
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: shader,
                entry_point: Some(self.vertex),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: self.buffers,
            },
            primitive: wgpu::PrimitiveState { topology: self.topology, ..wgpu::PrimitiveState::default() },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: shader,
                entry_point: Some(self.fragment),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format: self.format,
                    blend: self.blend,
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}
