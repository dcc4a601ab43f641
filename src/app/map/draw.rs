//! The bridge from egui's frame to the map's painter.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use eframe::egui;
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use super::camera::View;
use super::crowd::Crowd;
use super::panes::{self, PaneId};
use crate::app::frame_times::MapWork;
use crate::app::theme::Palette;
use crate::gpu::render::{MapFrame, MapPainter, MapScene};

/// Makes the painters that [`paint_points`] uses, for the device and pixels of `render_state`.
pub fn install(render_state: &RenderState) {
    let painter = MapPainter::new(&render_state.device, render_state.target_format);
    render_state.renderer.write().callback_resources.insert(Painters { first: painter, of_panes: Vec::new() });
}

/// A painter for each pane: it holds the pane's points and its picture.
struct Painters {
    /// Has no pane; the others share its pipelines.
    first: MapPainter,
    /// The one used last at the end.
    of_panes: Vec<(PaneId, MapPainter)>,
}

impl Painters {
    /// The painter of `pane`. Those of panes that were closed make room.
    fn of(&mut self, device: &egui_wgpu::wgpu::Device, pane: PaneId) -> &mut MapPainter {
        let held = match self.of_panes.iter().position(|(other, _)| *other == pane) {
            Some(at) => self.of_panes.remove(at),
            None => (pane, self.first.another(device)),
        };
        if self.of_panes.len() >= panes::MOST {
            self.of_panes.remove(0);
        }
        self.of_panes.push(held);
        let last = self.of_panes.len() - 1;
        &mut self.of_panes[last].1
    }
}

/// Discs that a software adapter draws in about the time of an empty window, and a graphics card in a small part of a
/// frame.
pub const MOST_DISCS_ON_CPU: usize = 60_000;
const MOST_DISCS_ON_GPU: usize = 1_000_000;

/// How many discs the adapter of `render_state` can draw in every frame.
pub fn most_discs(render_state: &RenderState) -> usize {
    if draws_in_software(render_state) { MOST_DISCS_ON_CPU } else { MOST_DISCS_ON_GPU }
}

/// Whether the processors draw.
pub fn draws_in_software(render_state: &RenderState) -> bool {
    render_state.adapter.get_info().device_type == egui_wgpu::wgpu::DeviceType::Cpu
}

struct PaintPoints {
    scene: MapScene,
    frame: MapFrame,
    pane: PaneId,
    work: Arc<MapWork>,
}

impl CallbackTrait for PaintPoints {
    fn prepare(
        &self,
        device: &egui_wgpu::wgpu::Device,
        queue: &egui_wgpu::wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut egui_wgpu::wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<egui_wgpu::wgpu::CommandBuffer> {
        if let Some(painters) = resources.get_mut::<Painters>() {
            let started = Instant::now();
            if painters.of(device, self.pane).prepare(device, queue, encoder, &self.scene, &self.frame) {
                let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.work.prepared.store(took, Ordering::Relaxed);
                self.work.pictures.fetch_add(1, Ordering::Relaxed);
            }
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut egui_wgpu::wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let painters = resources.get::<Painters>();
        let own = painters.and_then(|painters| painters.of_panes.iter().find(|(pane, _)| *pane == self.pane));
        if let Some((_, painter)) = own {
            painter.paint(pass);
        }
    }
}

/// Adds the points of `scene`, that of `pane`, seen from `view`, to the frame. `blend` 1 shows them where they are.
pub fn paint_points(
    ui: &egui::Ui,
    canvas: egui::Rect,
    (pane, scene): (PaneId, &MapScene),
    view: View,
    (radius_scale, blend): (f32, f32),
    crowd: Option<Crowd>,
    work: &Arc<MapWork>,
) {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let size = (canvas.size() * pixels_per_point).round();
    let scale = [2.0 * view.scale / canvas.width(), 2.0 * view.scale / canvas.height()];
    let background = Palette::of(ui).canvas;
    let frame = MapFrame {
        size: [size.x as u32, size.y as u32],
        clip_from_map_scale: scale,
        clip_from_map_offset: [-view.centre[0] * scale[0], -view.centre[1] * scale[1]],
        radius_scale: radius_scale * pixels_per_point,
        blend,
        background: background.to_array().map(|channel| f32::from(channel) / 255.0),
        density: crowd.map(|crowd| crowd.density),
        full: crowd.map_or(1.0, |crowd| crowd.full),
        thinning: crowd.map_or(1, |crowd| crowd.thinning),
    };
    let paint = PaintPoints { scene: scene.clone(), frame, pane, work: Arc::clone(work) };
    ui.painter().add(egui_wgpu::Callback::new_paint_callback(canvas, paint));
}
