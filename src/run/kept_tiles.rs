//! How several maps are arranged in a window.

use serde::{Deserialize, Serialize};

/// A panel that stands among the maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeptPanel {
    /// What is known of the selection.
    Inspector,
    /// What the colours mean.
    Legend,
    /// The curves of the training.
    Curves,
}

/// Maps and panels beside, below or behind each other. Each stands in it once, maps by a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeptTiles {
    /// One map.
    Pane(u32),
    /// One panel.
    Panel(KeptPanel),
    /// From left to right, each with its share of the width; shares are relative.
    Beside(Vec<(f32, Self)>),
    /// From top to bottom, each with its share of the height.
    Below(Vec<(f32, Self)>),
    /// Behind each other; the place of the one in front.
    Stacked(usize, Vec<Self>),
}

impl KeptTiles {
    /// The maps from left to right and from top to bottom.
    #[must_use]
    pub fn panes(&self) -> Vec<u32> {
        match self {
            Self::Pane(id) => vec![*id],
            Self::Panel(_) => Vec::new(),
            Self::Beside(row) | Self::Below(row) => row.iter().flat_map(|(_, tile)| tile.panes()).collect(),
            Self::Stacked(_, tiles) => tiles.iter().flat_map(Self::panes).collect(),
        }
    }

    /// The panels among the maps.
    #[must_use]
    pub fn panels(&self) -> Vec<KeptPanel> {
        match self {
            Self::Pane(_) => Vec::new(),
            Self::Panel(panel) => vec![*panel],
            Self::Beside(row) | Self::Below(row) => row.iter().flat_map(|(_, tile)| tile.panels()).collect(),
            Self::Stacked(_, tiles) => tiles.iter().flat_map(Self::panels).collect(),
        }
    }

    /// The same with other numbers.
    #[must_use]
    pub fn renamed(self, name: &dyn Fn(u32) -> u32) -> Self {
        let row = |row: Vec<(f32, Self)>| row.into_iter().map(|(share, tile)| (share, tile.renamed(name))).collect();
        match self {
            Self::Pane(id) => Self::Pane(name(id)),
            Self::Panel(panel) => Self::Panel(panel),
            Self::Beside(tiles) => Self::Beside(row(tiles)),
            Self::Below(tiles) => Self::Below(row(tiles)),
            Self::Stacked(front, tiles) => {
                Self::Stacked(front, tiles.into_iter().map(|tile| tile.renamed(name)).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_as_it_was_written() {
        let stacked = KeptTiles::Stacked(1, vec![KeptTiles::Pane(1), KeptTiles::Pane(2)]);
        let panel = KeptTiles::Panel(KeptPanel::Legend);
        let tiles = KeptTiles::Beside(vec![(0.5, KeptTiles::Pane(0)), (1.5, stacked), (1.0, panel)]);
        let text = serde_json::to_string(&tiles).unwrap();
        let stacked = r#"{"stacked":[1,[{"pane":1},{"pane":2}]]}"#;
        assert_eq!(text, format!(r#"{{"beside":[[0.5,{{"pane":0}}],[1.5,{stacked}],[1.0,{{"panel":"legend"}}]]}}"#));
        assert_eq!(tiles.panels(), [KeptPanel::Legend]);
        assert_eq!(serde_json::from_str::<KeptTiles>(&text).unwrap(), tiles);
        assert_eq!(tiles.renamed(&|place| place + 10).panes(), [10, 11, 12]);
    }
}
