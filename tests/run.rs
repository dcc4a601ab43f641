//! Claims about run folders and exports.

mod damage;
mod exports;
mod fixture;
mod folder;
mod maps;
