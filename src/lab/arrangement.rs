//! The arrangement of the panels as it is kept: a nest of splits and tabs with the panels' names, without the numbers by
//! which the tiles know each other, so that no text can tie them into a knot.

use super::layout::{self, Pane};
use eframe::egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tabs, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

/// Shares of a split beyond these are taken for mistakes.
const SHARES: std::ops::RangeInclusive<f32> = 0.01..=100.0;

/// A piece of the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    Tabs {
        panels: Vec<String>,
        #[serde(default)]
        front: Option<String>,
    },
    /// Side by side.
    Across(Vec<Part>),
    /// One above the other.
    Down(Vec<Part>),
}

/// A piece of a split and its share of the room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub share: f32,
    pub holds: Arrangement,
}

impl Arrangement {
    /// How the panels lie in `tree`.
    #[must_use]
    pub fn of(tree: &Tree<Pane>) -> Option<Self> {
        tree.root.and_then(|root| piece(&tree.tiles, root))
    }

    /// The panels as they lay. Every panel is in it once, whatever was kept; `faults` gets what was not kept, and why.
    #[must_use]
    pub fn tree(&self, faults: &mut Vec<String>) -> Tree<Pane> {
        let mut build = Build { tiles: Tiles::default(), placed: Vec::new(), faults };
        let Some(root) = build.piece(self) else {
            build.faults.push("layout: it holds no panel; it is as at first".to_owned());
            return layout::tree();
        };
        build.place_the_missing();
        Tree::new(Id::unique("panels"), root, build.tiles)
    }
}

fn piece(tiles: &Tiles<Pane>, id: TileId) -> Option<Arrangement> {
    let tabs = |panes: Vec<Pane>, front: Option<Pane>| Arrangement::Tabs {
        panels: panes.iter().map(|pane| pane.name()).collect(),
        front: front.map(Pane::name),
    };
    match tiles.get(id)? {
        Tile::Pane(pane) => Some(tabs(vec![*pane], None)),
        Tile::Container(Container::Tabs(Tabs { children, active })) => {
            let panes: Option<Vec<Pane>> = children.iter().map(|child| tiles.get_pane(child).copied()).collect();
            let front = active.and_then(|active| tiles.get_pane(&active).copied());
            match panes {
                Some(panes) => Some(tabs(panes, front)),
                // Tabs of splits are laid out side by side.
                None => parts(tiles, children, None).map(Arrangement::Across),
            }
        }
        Tile::Container(Container::Linear(linear)) => {
            let parts = parts(tiles, &linear.children, Some(linear))?;
            let across = linear.dir == LinearDir::Horizontal;
            Some(if across { Arrangement::Across(parts) } else { Arrangement::Down(parts) })
        }
        Tile::Container(Container::Grid(grid)) => {
            let children: Vec<TileId> = grid.children().copied().collect();
            parts(tiles, &children, None).map(Arrangement::Across)
        }
    }
}

fn parts(tiles: &Tiles<Pane>, children: &[TileId], linear: Option<&Linear>) -> Option<Vec<Part>> {
    let share = |child: TileId| linear.map_or(1.0, |linear| linear.shares[child]);
    let part = |&child: &TileId| piece(tiles, child).map(|holds| Part { share: share(child), holds });
    let parts: Vec<Part> = children.iter().filter_map(part).collect();
    (!parts.is_empty()).then_some(parts)
}

/// An arrangement on its way to be a tree.
struct Build<'a> {
    tiles: Tiles<Pane>,
    placed: Vec<Pane>,
    faults: &'a mut Vec<String>,
}

impl Build<'_> {
    /// Nothing, where no panel is left of it.
    fn piece(&mut self, piece: &Arrangement) -> Option<TileId> {
        match piece {
            Arrangement::Tabs { panels, front } => self.tabs(panels, front.as_deref()),
            Arrangement::Across(parts) => self.split(LinearDir::Horizontal, parts),
            Arrangement::Down(parts) => self.split(LinearDir::Vertical, parts),
        }
    }

    fn tabs(&mut self, panels: &[String], front: Option<&str>) -> Option<TileId> {
        let (mut children, mut active) = (Vec::new(), None);
        for name in panels {
            let Some(pane) = Pane::named(name) else {
                self.faults.push(format!("layout: there is no panel “{}”; it is left out", clipped(name)));
                continue;
            };
            if self.placed.contains(&pane) {
                self.faults.push(format!("layout: panel {} stands in it twice; the second is left out", pane.title()));
                continue;
            }
            self.placed.push(pane);
            let child = self.tiles.insert_pane(pane);
            if front == Some(name) {
                active = Some(child);
            }
            children.push(child);
        }
        let first = *children.first()?;
        let tabs = Tabs { children, active: Some(active.unwrap_or(first)) };
        Some(self.tiles.insert_container(tabs))
    }

    fn split(&mut self, dir: LinearDir, parts: &[Part]) -> Option<TileId> {
        let mut built: Vec<(TileId, f32)> = Vec::new();
        for part in parts {
            let share = if SHARES.contains(&part.share) {
                part.share
            } else {
                self.faults.push(format!("layout: a share of {} is no size; it is 1", part.share));
                1.0
            };
            built.extend(self.piece(&part.holds).map(|tile| (tile, share)));
        }
        if built.len() < 2 {
            return built.first().map(|(tile, _)| *tile);
        }
        let mut linear = Linear::new(dir, built.iter().map(|(tile, _)| *tile).collect());
        built.iter().for_each(|(tile, share)| linear.shares.set_share(*tile, *share));
        Some(self.tiles.insert_container(linear))
    }

    /// Puts panels that were not kept beside one that is near them in the first layout.
    fn place_the_missing(&mut self) {
        for pane in Pane::ALL {
            if self.placed.contains(&pane) {
                continue;
            }
            self.faults.push(format!("layout: panel {} was missing; it is back", pane.title()));
            let home = layout::GROUPS.iter().find(|group| group.contains(&pane)).copied().unwrap_or_default();
            let child = self.tiles.insert_pane(pane);
            let near = |tiles: &Tiles<Pane>, tabs: &Tabs| {
                tabs.children.iter().any(|tile| tiles.get_pane(tile).is_some_and(|other| home.contains(other)))
            };
            // By number, so that the same text gives the same window.
            let mut places: Vec<(bool, TileId)> = Vec::new();
            for (&id, tile) in self.tiles.iter() {
                if let Tile::Container(Container::Tabs(tabs)) = tile {
                    places.push((!near(&self.tiles, tabs), id));
                }
            }
            places.sort_by_key(|&(far, TileId(number))| (far, number));
            if let Some(&(_, place)) = places.first()
                && let Some(Tile::Container(Container::Tabs(tabs))) = self.tiles.get_mut(place)
            {
                tabs.children.push(child);
            }
            self.placed.push(pane);
        }
    }
}

/// A word of a user's file, short enough for a message.
fn clipped(text: &str) -> String {
    text.chars().take(24).filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> (Tree<Pane>, Vec<String>) {
        let mut faults = Vec::new();
        let arrangement: Arrangement = serde_json::from_str(text).unwrap();
        (arrangement.tree(&mut faults), faults)
    }

    fn panes(tree: &Tree<Pane>) -> Vec<Pane> {
        let count =
            |pane: &Pane| tree.tiles.tiles().filter(|tile| matches!(tile, Tile::Pane(own) if own == pane)).count();
        Pane::ALL.into_iter().filter(|pane| count(pane) == 1).collect()
    }

    #[test]
    fn the_first_layout_is_kept_as_it_is() {
        let first = Arrangement::of(&layout::tree()).unwrap();
        let mut faults = Vec::new();
        let again = Arrangement::of(&first.tree(&mut faults)).unwrap();
        assert_eq!(again, first);
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn what_is_unknown_or_twice_is_left_out_and_what_is_missing_comes_back() {
        let text = r#"{"across": [{"share": 1e30, "holds": {"tabs": {"panels": ["Images", "Telepathy", "Images"]}}},
            {"share": 2, "holds": {"tabs": {"panels": ["Recipe"], "front": "Nothing"}}}]}"#;
        let (tree, faults) = kept(text);
        assert_eq!(panes(&tree), Pane::ALL);
        for wanted in ["Telepathy", "twice", "share of", "panel Curves was missing"] {
            assert!(faults.iter().any(|fault| fault.contains(wanted)), "{wanted}: {faults:?}");
        }
        let kept = Arrangement::of(&tree).unwrap();
        let Arrangement::Across(parts) = kept else { panic!("{kept:?}") };
        let Arrangement::Tabs { panels, .. } = &parts[1].holds else { panic!("{parts:?}") };
        assert_eq!(panels, &["Recipe", "RecipeHistory"], "history lies beside the recipe");
    }

    #[test]
    fn an_arrangement_of_nothing_is_the_first() {
        for text in [r#"{"across": []}"#, r#"{"down": [{"share": 1, "holds": {"tabs": {"panels": ["x"]}}}]}"#] {
            let (tree, faults) = kept(text);
            assert_eq!(Arrangement::of(&tree), Arrangement::of(&layout::tree()));
            assert!(faults.iter().any(|fault| fault.contains("as at first")));
        }
    }
}
