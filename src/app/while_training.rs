//! What is asked of a training that runs: the map that follows it, and the IDs that are looked at by themselves.

use eframe::egui::{Align, Layout, Ui, vec2};

use super::controls::{segmented, weak};
use super::projection::{Chosen, ProjectionPanel};
use super::state::WindowState;
use crate::engine::{Command, ProjectionRequest, Subject};
use crate::projection::{Method, ProjectionSettings, TsneParameters};
use crate::run::USER_TABLE;

/// Selected IDs that are looked at by themselves, at most.
const MOST_PINNED: usize = 200;

/// Iterations of a t-SNE from one frame to the next.
const ITERATIONS_A_FRAME: usize = 30;

/// Iterations of a t-SNE once the training has ended.
const ITERATIONS_AT_THE_END: usize = 250;

/// The methods by which a map can follow a training.
const METHODS: [(Chosen, &str); 2] = [
    (Chosen::Pca, "The map is the two directions in which vectors differ most"),
    (Chosen::Tsne, "The map goes on by t-SNE from where its points are; it takes more of the machine than PCA"),
];

/// What is asked of a training that runs.
#[derive(Debug, Default)]
pub struct WhileTraining {
    /// By which method the map follows it.
    method: Chosen,
    /// The run's generation and the IDs that were told last.
    told: Option<(u64, Vec<Subject>)>,
}

impl WhileTraining {
    /// What is asked for to see `table` in `dims` axes while it trains.
    pub fn request(&self, table: &str, dims: usize) -> ProjectionRequest {
        if self.method == Chosen::Pca {
            return ProjectionRequest::pca(table.to_owned(), dims);
        }
        let parameters = TsneParameters { dims, iterations: ITERATIONS_A_FRAME, ..TsneParameters::default() };
        let settings = ProjectionSettings { method: parameters.into(), dims, ..ProjectionSettings::default() };
        ProjectionRequest { table: table.to_owned(), settings }
    }
}

impl WindowState {
    /// Shows the map of `table` that follows the training.
    pub fn follow_training(&mut self, table: &str) {
        let request = self.while_training.request(table, self.map.dims);
        match request.settings.method {
            Method::Pca => self.show_map(request.clone()),
            // It comes with the next model.
            _ => {
                self.map.want(request.clone(), self.now);
            }
        }
        self.send(Command::FollowTraining(Some(request)));
    }

    /// Has the map follow the training by `method`.
    pub fn follow_by(&mut self, method: Chosen) {
        self.while_training.method = method;
        let table = self.map.table.clone();
        self.follow_training(&table);
    }

    /// What to ask for of a run that has just come: a map that follows a training by t-SNE comes with its first model, and
    /// goes on from where it is once it is over. `begins`: the training is about to begin.
    pub fn map_of_new_run(&mut self, training: bool, begins: bool) -> Option<ProjectionRequest> {
        if training && self.while_training.method != Chosen::Pca {
            let following = self.while_training.request(&self.map.table, self.map.dims);
            if begins {
                self.map.want(following, self.now);
                return None;
            }
            let parameters =
                TsneParameters { dims: self.map.dims, iterations: ITERATIONS_AT_THE_END, ..TsneParameters::default() };
            let request = ProjectionPanel::going_on(&self.map, &following, parameters.into());
            if request.settings.start.is_some() {
                self.map.want(request.clone(), self.now);
                return Some(request);
            }
        }
        self.map.request().cloned()
    }

    /// Tells the training that runs which IDs are pinned or selected, as soon as that has changed.
    pub fn tell_pinned(&mut self) {
        let Some(generation) = self.run.as_ref().map(|shown| shown.generation).filter(|_| self.is_training()) else {
            self.while_training.told = None;
            return;
        };
        let table = self.map.table.clone();
        let mut wanted: Vec<Subject> = self.inspector.pinned().cloned().collect();
        if self.map.selection.len() <= MOST_PINNED {
            let selected = self.map.selection.iter().map(|&row| Subject { table: table.clone(), row });
            wanted.extend(selected.filter(|subject| !wanted.contains(subject)).collect::<Vec<_>>());
        }
        wanted.retain(|subject| subject.table != USER_TABLE);
        let telling = Some((generation, wanted));
        if self.while_training.told != telling {
            if let Some((_, wanted)) = &telling {
                self.send(Command::PinForTraining(wanted.clone()));
            }
            self.while_training.told = telling;
        }
    }
}

/// Room for the name of the switch and for a title beside it.
const NAMED: f32 = 170.0;

/// The switch between the methods, for a training that runs or is to come.
pub fn method_switch(ui: &mut Ui, state: &mut WindowState) {
    let taken = METHODS.iter().position(|(method, _)| *method == state.while_training.method);
    let row = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(128.0, 28.0), row, |ui| {
        let (names, hints) = (METHODS.map(|(method, _)| method.name()), METHODS.map(|(_, hint)| hint));
        if let Some(picked) = segmented(ui, &names, &hints, taken) {
            if state.is_training() {
                state.follow_by(METHODS[picked].0);
            } else {
                state.while_training.method = METHODS[picked].0;
            }
        }
    });
    // Where there is little room the title comes first; the hints of the switch say as much.
    if ui.available_width() >= NAMED {
        weak(ui, "The map follows by");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::recent::Recent;

    #[test]
    fn a_map_that_follows_by_t_sne_asks_for_few_iterations_at_a_time() {
        let mut state = WindowState::new(Recent::default());
        assert_eq!(state.while_training.request("item", 2), ProjectionRequest::pca("item".to_owned(), 2));
        state.while_training.method = Chosen::Tsne;
        let Method::Tsne(parameters) = state.while_training.request("item", 2).settings.method else {
            panic!("no t-SNE")
        };
        assert_eq!(parameters.iterations, ITERATIONS_A_FRAME);
    }
}
