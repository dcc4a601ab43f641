//! The platform's file dialogs, each on a thread of its own so that the window goes on.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui;

/// What a chosen path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Event files.
    Events,
    /// The items file.
    Items,
    /// A run folder to open.
    OpenRun,
    /// A zip file with a run.
    OpenPacked,
    /// The folder a run is saved to.
    SaveRun,
    /// The file or folder of an export.
    ExportTo,
    /// The file of a picture.
    PictureTo,
}

/// What a dialog answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// These paths.
    Chosen(Purpose, Vec<PathBuf>),
    /// None so fast that no dialog can have been on show: the platform has none.
    Unavailable(Purpose),
}

/// A dialog that nobody can have read and closed.
const TOO_FAST: Duration = Duration::from_millis(400);

const DATA_ENDINGS: [&str; 12] =
    ["csv", "tsv", "txt", "parquet", "arrow", "feather", "ipc", "jsonl", "ndjson", "json", "gz", "zst"];

struct Open {
    purpose: Purpose,
    since: Instant,
    answer: Receiver<Vec<PathBuf>>,
}

/// The dialogs that are open.
#[derive(Default)]
pub struct Dialogs {
    open: Vec<Open>,
}

impl Dialogs {
    /// Opens a dialog for `purpose`, unless one is open. `suggested` is the name offered for something new.
    pub fn ask(&mut self, ctx: &egui::Context, purpose: Purpose, suggested: &str) {
        if self.open.iter().any(|open| open.purpose == purpose) {
            return;
        }
        let (sender, answer) = bounded(1);
        let (ctx, suggested) = (ctx.clone(), suggested.to_owned());
        let thread = std::thread::Builder::new().name("file-dialog".to_owned()).spawn(move || {
            // The window may be gone by the time that the dialog is closed.
            let _ = sender.send(choose(purpose, &suggested));
            ctx.request_repaint();
        });
        if thread.is_ok() {
            self.open.push(Open { purpose, since: Instant::now(), answer });
        }
    }

    /// The answers that have come since the last call.
    pub fn poll(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        self.open.retain(|open| match open.answer.try_recv() {
            Ok(paths) if !paths.is_empty() => {
                answers.push(Answer::Chosen(open.purpose, paths));
                false
            }
            Ok(_) => {
                if open.since.elapsed() < TOO_FAST {
                    answers.push(Answer::Unavailable(open.purpose));
                }
                false
            }
            Err(TryRecvError::Disconnected) => {
                answers.push(Answer::Unavailable(open.purpose));
                false
            }
            Err(TryRecvError::Empty) => true,
        });
        answers
    }
}

fn choose(purpose: Purpose, suggested: &str) -> Vec<PathBuf> {
    let dialog = rfd::FileDialog::new();
    match purpose {
        Purpose::Events => dialog
            .set_title("Events")
            .add_filter("Tables", &DATA_ENDINGS)
            .add_filter("All files", &["*"])
            .pick_files()
            .unwrap_or_default(),
        Purpose::Items => dialog
            .set_title("Items")
            .add_filter("Tables", &DATA_ENDINGS)
            .add_filter("All files", &["*"])
            .pick_file()
            .into_iter()
            .collect(),
        Purpose::OpenRun => dialog.set_title("Open a run folder").pick_folder().into_iter().collect(),
        Purpose::OpenPacked => {
            dialog.set_title("Open a packed run").add_filter("Packed runs", &["zip"]).pick_file().into_iter().collect()
        }
        Purpose::SaveRun => dialog.set_title("Save the run").set_file_name(suggested).save_file().into_iter().collect(),
        Purpose::PictureTo => dialog
            .set_title("Export the picture")
            .set_file_name(suggested)
            .add_filter("Pictures", &["png", "svg"])
            .save_file()
            .into_iter()
            .collect(),
        Purpose::ExportTo => dialog.set_title("Export").set_file_name(suggested).save_file().into_iter().collect(),
    }
}
