//! The map's points: instanced discs into a picture of their own, copied to the window.
//!
//! Discs cost by the point whether they are seen or not. Of a crowded map only those near the view are drawn as discs,
//! where they are few enough; else all points are summed by pixel and shown as a density, and in between both are seen.
//!
//! The picture is drawn anew only when points, colours or the view change, so that a moving pointer costs one copy
//! whatever the number of points.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::density::Density;
use super::pipelines;

/// Where one point was and is, in map units.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct MapPoint {
    /// Where it was: shown at [`MapFrame::blend`] 0.
    pub from: [f32; 2],
    /// Where it is: shown at 1.
    pub to: [f32; 2],
}

/// How one point looks.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct MapStyle {
    /// Red, green, blue, opacity; encoded (sRGB), not multiplied by the opacity.
    pub colour: [u8; 4],
    /// Radius in units of [`MapFrame::radius_scale`].
    pub radius: f32,
}

/// The points in drawing order, later ones on top. A version changes whenever its values do.
#[derive(Debug, Clone, Default)]
pub struct MapScene {
    /// `[points]` positions.
    pub points: Arc<Vec<MapPoint>>,
    /// Names the positions.
    pub points_version: u64,
    /// `[points]` looks.
    pub styles: Arc<Vec<MapStyle>>,
    /// Names the looks.
    pub styles_version: u64,
    /// The points from here on stand out: on a crowded map they are discs over the density.
    pub above: usize,
    /// The points near the view that do not stand out, as discs for a crowded map.
    pub nearby: Nearby,
}

/// Discs of a crowded map.
#[derive(Debug, Clone, Default)]
pub struct Nearby {
    /// `[nearby]` positions.
    pub points: Arc<Vec<MapPoint>>,
    /// `[nearby]` looks.
    pub styles: Arc<Vec<MapStyle>>,
    /// Names both.
    pub version: u64,
}

/// From where and how large the points are seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapFrame {
    /// Size of the picture in pixels.
    pub size: [u32; 2],
    /// clip = map * scale + offset.
    pub clip_from_map_scale: [f32; 2],
    /// See [`Self::clip_from_map_scale`].
    pub clip_from_map_offset: [f32; 2],
    /// Pixels for each unit of a point's radius.
    pub radius_scale: f32,
    /// 0 shows where the points were, 1 where they are.
    pub blend: f32,
    /// Colour of the canvas, encoded (sRGB), each 0..=1.
    pub background: [f32; 4],
    /// How much of the density is seen, 0..=1, if the map is crowded.
    pub density: Option<f32>,
    /// Times a pixel must be covered to be shown at full strength in the density.
    pub full: f32,
    /// Of so many points that follow each other one is summed in the density, for all of them; at least 1, all.
    pub thinning: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ViewUniform {
    clip_from_map_scale: [f32; 2],
    clip_from_map_offset: [f32; 2],
    size: [f32; 2],
    radius_scale: f32,
    blend: f32,
    background: [f32; 4],
    fade: f32,
    full: f32,
    thinning: f32,
    rest: f32,
}

pub(super) const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

struct Picture {
    size: [u32; 2],
    view: wgpu::TextureView,
    bind_group: wgpu::BindGroup,
}

/// The pipelines and buffers of the map; made once a window.
pub struct MapPainter {
    discs: wgpu::RenderPipeline,
    copy: wgpu::RenderPipeline,
    copy_layout: wgpu::BindGroupLayout,
    view: wgpu::Buffer,
    view_bind_group: wgpu::BindGroup,
    points: Instances,
    styles: Instances,
    nearby_points: Instances,
    nearby_styles: Instances,
    density: Option<Density>,
    picture: Option<Picture>,
    drawn: Option<(Versions, MapFrame)>,
}

/// What the picture shows: the versions of points, of looks, of what is nearby.
type Versions = (u64, u64, u64);

/// A buffer of instances with the version and the number of those that are in it.
type Instances = Option<(wgpu::Buffer, u64, u32)>;

impl MapPainter {
    /// Pipelines for a window whose pixels are of `target_format`.
    #[must_use]
    pub fn new(device: &wgpu::Device, target_format: wgpu::TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("map_points"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/map_points.wgsl").into()),
        });
        let view_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("map_points view"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        let copy_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("map_points copy"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: false },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
                count: None,
            }],
        });
        let discs = pipelines::discs(device, &shader, &view_layout);
        let copy = pipelines::copy(device, &shader, &copy_layout, target_format);
        Self::of_pipelines(device, (discs, copy, copy_layout), &view_layout)
    }

    /// A painter of another map by the same pipelines.
    #[must_use]
    pub fn another(&self, device: &wgpu::Device) -> Self {
        let pipelines = (self.discs.clone(), self.copy.clone(), self.copy_layout.clone());
        Self::of_pipelines(device, pipelines, &self.discs.get_bind_group_layout(0))
    }

    fn of_pipelines(
        device: &wgpu::Device,
        (discs, copy, copy_layout): (wgpu::RenderPipeline, wgpu::RenderPipeline, wgpu::BindGroupLayout),
        view_layout: &wgpu::BindGroupLayout,
    ) -> Self {
        let (view, view_bind_group) = view_uniform(device, view_layout);
        Self {
            discs,
            copy,
            copy_layout,
            view,
            view_bind_group,
            points: None,
            styles: None,
            nearby_points: None,
            nearby_styles: None,
            density: None,
            picture: None,
            drawn: None,
        }
    }

    /// Brings the picture up to date: uploads what changed and, if anything did, encodes the drawing into `encoder`.
    /// Returns whether it drew.
    pub fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        scene: &MapScene,
        frame: &MapFrame,
    ) -> bool {
        let wanted = ((scene.points_version, scene.styles_version, scene.nearby.version), *frame);
        if self.drawn == Some(wanted) || frame.size.contains(&0) {
            return false;
        }
        let density = frame.density.filter(|_| Density::fits(device, frame.size));
        upload(device, queue, &mut self.points, &scene.points, scene.points_version);
        upload(device, queue, &mut self.styles, &scene.styles, scene.styles_version);
        let uniform = ViewUniform {
            clip_from_map_scale: frame.clip_from_map_scale,
            clip_from_map_offset: frame.clip_from_map_offset,
            size: frame.size.map(|side| side as f32),
            radius_scale: frame.radius_scale,
            blend: frame.blend,
            background: frame.background,
            fade: density.unwrap_or(0.0),
            full: frame.full,
            thinning: frame.thinning.max(1) as f32,
            rest: 0.0,
        };
        queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&uniform));
        let all = scene.points.len().min(scene.styles.len());
        let above = if density.is_some() { scene.above.min(all) } else { 0 };
        let sums = density.is_some_and(|seen| seen > 0.0) && above > 0;
        if sums && let (Some((points, ..)), Some((styles, ..))) = (&self.points, &self.styles) {
            let density = self.density.get_or_insert_with(|| Density::new(device));
            density.splat(
                device,
                encoder,
                &self.view,
                (points, styles),
                (above as u32, frame.thinning.max(1)),
                frame.size,
            );
        }
        let has_nearby = density.is_some_and(|seen| seen < 1.0);
        if has_nearby {
            upload(device, queue, &mut self.nearby_points, &scene.nearby.points, scene.nearby.version);
            upload(device, queue, &mut self.nearby_styles, &scene.nearby.styles, scene.nearby.version);
        }
        if self.picture.as_ref().is_none_or(|picture| picture.size != frame.size) {
            self.picture = Some(new_picture(device, &self.copy_layout, frame.size));
        }
        let Some(picture) = &self.picture else { return false };
        let background = frame.background.map(f64::from);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("map_points"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &picture.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color {
                        r: background[0],
                        g: background[1],
                        b: background[2],
                        a: background[3],
                    }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        if sums && let Some(density) = &self.density {
            density.show(&mut pass);
        }
        if has_nearby {
            self.draw_discs(&mut pass, &self.nearby_points, &self.nearby_styles, 0);
        }
        self.draw_discs(&mut pass, &self.points, &self.styles, above as u32);
        drop(pass);
        self.drawn = Some(wanted);
        true
    }

    /// Draws the instances from `first` on.
    fn draw_discs(&self, pass: &mut wgpu::RenderPass<'_>, points: &Instances, styles: &Instances, first: u32) {
        let (Some((points, _, point_count)), Some((styles, _, style_count))) = (points, styles) else { return };
        let count = (*point_count).min(*style_count);
        if first < count {
            pass.set_pipeline(&self.discs);
            pass.set_bind_group(0, &self.view_bind_group, &[]);
            pass.set_vertex_buffer(0, points.slice(..));
            pass.set_vertex_buffer(1, styles.slice(..));
            pass.draw(0..4, first..count);
        }
    }

    /// Copies the picture into the viewport of `pass`.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(picture) = &self.picture {
            pass.set_pipeline(&self.copy);
            pass.set_bind_group(0, &picture.bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// The uniform of a view, and what binds it.
fn view_uniform(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> (wgpu::Buffer, wgpu::BindGroup) {
    let view = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("map_points view"),
        size: size_of::<ViewUniform>() as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("map_points view"),
        layout,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: view.as_entire_binding() }],
    });
    (view, bind_group)
}

/// Puts `values` into the buffer of `slot`, which grows as needed, unless `version` is there already.
fn upload<T: Pod>(device: &wgpu::Device, queue: &wgpu::Queue, slot: &mut Instances, values: &[T], version: u64) {
    if slot.as_ref().is_some_and(|(_, held, _)| *held == version) {
        return;
    }
    let bytes: &[u8] = bytemuck::cast_slice(values);
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let size = (bytes.len() as u64).max(16);
    let fits = slot.as_ref().is_some_and(|(buffer, ..)| buffer.size() >= size && buffer.size() <= size * 4);
    if !fits {
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("map_points instances"),
            size: size.next_multiple_of(4),
            usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        *slot = Some((buffer, version, count));
    }
    if let Some((buffer, held, held_count)) = slot {
        *held = version;
        *held_count = count;
        if !bytes.is_empty() {
            queue.write_buffer(buffer, 0, bytes);
        }
    }
}

fn new_picture(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, size: [u32; 2]) -> Picture {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("map_points picture"),
        size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: PICTURE_FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    });
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("map_points copy"),
        layout,
        entries: &[wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&view) }],
    });
    Picture { size, view, bind_group }
}
