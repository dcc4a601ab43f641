//! Claims about run folders and exports.

#![allow(clippy::unwrap_used, reason = "what a claim prepares fails as the claim does")]

mod archive;
mod damage;
mod exports;
pub(crate) mod fixture;
mod folder;
mod lists;
mod maps;
