//! The map's pictures: discs, and the density of a crowded map against its mirror.

use std::sync::Arc;

use idatlas::gpu::GpuContext;
use idatlas::gpu::render::{MapFrame, MapPainter, MapPoint, MapScene, MapStyle};

use super::context;
use crate::noise;

const SIZE: [u32; 2] = [64, 48];
const BACKGROUND: [f32; 4] = [0.2, 0.4, 0.6, 1.0];
const UNIT: f32 = 64.0;

/// One map unit is a pixel, the origin in the picture's middle.
fn frame(density: Option<f32>) -> MapFrame {
    MapFrame {
        size: SIZE,
        clip_from_map_scale: SIZE.map(|side| 2.0 / side as f32),
        clip_from_map_offset: [0.0; 2],
        radius_scale: 1.0,
        blend: 1.0,
        background: BACKGROUND,
        density,
        full: 24.0,
        thinning: 1,
    }
}

fn scene(points: &[([f32; 2], MapStyle)]) -> MapScene {
    MapScene {
        points: Arc::new(points.iter().map(|&(at, _)| MapPoint { from: [0.0; 2], to: at }).collect()),
        points_version: 1,
        styles: Arc::new(points.iter().map(|&(_, style)| style).collect()),
        styles_version: 1,
        above: points.len(),
        ..MapScene::default()
    }
}

/// Points all over the picture and beyond, crowded in its middle.
fn crowd() -> Vec<([f32; 2], MapStyle)> {
    let mut random = noise::uniform(7);
    let point = |index: usize| {
        let spread = if index.is_multiple_of(3) { 90.0 } else { 12.0 };
        let at = [(random() - 0.5) * spread, (random() - 0.5) * spread];
        let colour = [(random() * 255.0) as u8, (random() * 255.0) as u8, 80, 255];
        (at, MapStyle { colour, radius: 0.4 + 1.2 * random() })
    };
    (0..3_000).map(point).collect()
}

/// The picture as red, green, blue and opacity, row by row.
fn picture(context: &GpuContext, scene: &MapScene, frame: &MapFrame) -> Vec<[u8; 4]> {
    let (device, queue) = (&context.device, &context.queue);
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let extent = wgpu::Extent3d { width: SIZE[0], height: SIZE[1], depth_or_array_layers: 1 };
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: extent,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    // Rows of a copy are whole multiples of 256 bytes, which 64 pixels are.
    let row_bytes = 4 * SIZE[0];
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture"),
        size: u64::from(row_bytes * SIZE[1]),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut painter = MapPainter::new(device, format);
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    assert!(painter.prepare(device, queue, &mut encoder, scene, frame), "nothing is drawn");
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations::default(),
        })],
        ..Default::default()
    });
    painter.paint(&mut pass);
    drop(pass);
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes), rows_per_image: None },
        },
        extent,
    );
    queue.submit([encoder.finish()]);
    buffer.slice(..).map_async(wgpu::MapMode::Read, |mapped| mapped.unwrap());
    device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let bytes = buffer.slice(..).get_mapped_range().unwrap().to_vec();
    bytes.as_chunks().0.to_vec()
}

/// The density in f64, after `map_density.wgsl`.
fn mirror(points: &[([f32; 2], MapStyle)], frame: &MapFrame) -> Vec<[f64; 4]> {
    let [width, height] = SIZE.map(|side| side as usize);
    let mut sums = vec![[0_u32; 4]; width * height];
    for (at, style) in points {
        let place = [at[0] + width as f32 / 2.0 - 0.5, height as f32 / 2.0 - at[1] - 0.5];
        let amount = std::f32::consts::PI * style.radius.max(0.5).powi(2) * f32::from(style.colour[3]) / 255.0 * UNIT;
        let corner = place.map(f32::floor);
        for side in 0..4 {
            let step = [side & 1, side >> 1];
            let share: f32 = (0..2)
                .map(|axis| (place[axis] - corner[axis], step[axis]))
                .map(|(part, step)| if step == 1 { part } else { 1.0 - part })
                .product();
            let pixel = [corner[0] as i64 + step[0], corner[1] as i64 + step[1]];
            if pixel[0] < 0 || pixel[1] < 0 || pixel[0] >= width as i64 || pixel[1] >= height as i64 {
                continue;
            }
            let weight = (amount * share) as u32;
            let sum = &mut sums[pixel[1] as usize * width + pixel[0] as usize];
            for (sum, &colour) in sum[..3].iter_mut().zip(&style.colour) {
                *sum += (f32::from(colour) / 255.0 * weight as f32) as u32;
            }
            sum[3] += weight;
        }
    }
    let background = BACKGROUND.map(f64::from);
    let shown = |sum: [u32; 4]| {
        let total = sum.map(f64::from);
        if sum[3] == 0 {
            return background;
        }
        let coverage = total[3] / f64::from(UNIT);
        let part = (coverage.ln_1p() / f64::from(frame.full).ln_1p()).clamp(0.0, 1.0);
        let strength = 0.4 + 0.6 * part;
        let alpha = (1.0 - (-2.0 * coverage).exp()) * strength * f64::from(frame.density.unwrap());
        std::array::from_fn(|channel| {
            let own = if channel == 3 { 1.0 } else { total[channel] / total[3] };
            own * alpha + background[channel] * (1.0 - alpha)
        })
    };
    sums.into_iter().map(shown).collect()
}

/// The greatest difference of any channel, in 255ths.
fn difference(picture: &[[u8; 4]], expected: impl Iterator<Item = [f64; 4]>) -> f64 {
    let of_pixel = |(own, other): (&[u8; 4], [f64; 4])| {
        own.iter().zip(other).map(|(&own, other)| (f64::from(own) - 255.0 * other).abs()).fold(0.0, f64::max)
    };
    picture.iter().zip(expected).map(of_pixel).fold(0.0, f64::max)
}

fn mean_difference(picture: &[[u8; 4]], other: &[[u8; 4]]) -> f64 {
    let channels = picture.as_flattened().iter().zip(other.as_flattened());
    channels.map(|(&own, &other)| f64::from(own.abs_diff(other))).sum::<f64>() / (4 * picture.len()) as f64
}

fn as_shares(picture: &[[u8; 4]]) -> impl Iterator<Item = [f64; 4]> {
    picture.iter().map(|pixel| pixel.map(|channel| f64::from(channel) / 255.0))
}

#[test]
fn a_crowded_map_is_the_density_of_its_mirror() {
    let Some(context) = context("a crowded map") else { return };
    let points = crowd();
    for seen in [1.0, 0.5] {
        let frame = frame(Some(seen));
        let drawn = picture(&context, &scene(&points), &frame);
        let found = difference(&drawn, mirror(&points, &frame).into_iter());
        // Rounding to 8 bits, and a point on the edge of two pixels whose weight is cut to one 64th more or less.
        assert!(found < 2.5, "{found} of 255, density {seen}");
        assert!(drawn.iter().any(|pixel| *pixel != drawn[0]), "all pixels are alike");
    }
}

#[test]
fn one_point_in_four_stands_for_all_while_the_view_moves() {
    let Some(context) = context("a thinned map") else { return };
    let points: Vec<_> = crowd().into_iter().flat_map(|point| [point; 4]).collect();
    let whole = picture(&context, &scene(&points), &frame(Some(1.0)));
    let thinned = picture(&context, &scene(&points), &MapFrame { thinning: 4, ..frame(Some(1.0)) });
    // Weights are whole 64ths of a pixel: four of them lose more in rounding than one that is four times as large.
    let found = difference(&thinned, as_shares(&whole));
    assert!(found < 24.0, "{found} of 255 where every point is there four times");
    let mean = mean_difference(&thinned, &whole);
    assert!(mean < 1.0, "{mean} of 255 on average");
    let lone = picture(&context, &scene(&points[..1]), &MapFrame { thinning: 4, ..frame(Some(1.0)) });
    assert!(mean_difference(&lone, &whole) > 10.0, "a lone point is no crowd");
}

#[test]
fn a_disc_has_its_colour_inside_and_the_canvas_around() {
    let Some(context) = context("a disc") else { return };
    let style = MapStyle { colour: [255, 0, 0, 255], radius: 6.0 };
    let drawn = picture(&context, &scene(&[([10.0, 5.0], style)]), &frame(None));
    let background = BACKGROUND.map(|channel| (255.0 * channel).round() as u8);
    for (index, pixel) in drawn.iter().enumerate() {
        let at = [index as f32 % SIZE[0] as f32 + 0.5 - 32.0, 24.0 - (index / SIZE[0] as usize) as f32 - 0.5];
        let distance = (at[0] - 10.0).hypot(at[1] - 5.0);
        if distance < 4.0 {
            assert_eq!(*pixel, style.colour, "at {at:?}");
        } else if distance > 8.0 {
            assert_eq!(*pixel, background, "at {at:?}");
        }
    }
}
