//! Client sites: where they are, on what ground, in which building; and which of them are near a place.

mod correction;
mod entered;
mod import;
mod index;
mod shape;
pub mod table;

pub use correction::{Correction, ENTERED_SIGMA_M, Lesson, MISPLACED_SHARE, MISPLACED_SIGMA_M};
pub use entered::{BadSite, Entered, Shape};
pub use import::{BadRow, List, Listed, read_csv, read_list};
pub use index::{Near, Sites};
pub use shape::{BadGround, EXTENT_M_MAX, Ground};

use std::sync::Arc;

use crate::units::{Datum, Place, Plane};

/// What a site is known by everywhere.
pub type SiteId = Arc<str>;

/// One place of one client.
#[derive(Debug, Clone)]
pub struct Site {
    pub id: SiteId,
    pub name: String,
    /// The client it belongs to; several sites may share one.
    pub client: Option<String>,
    /// What sites in one building share.
    pub building: Option<String>,
    /// Where in the building; positions cannot tell, so a question does.
    pub floor: Option<String>,
    pub suite: Option<String>,
    /// The point as it was entered.
    pub entered: Place,
    /// The map on which it was entered, so that it can be shown there again.
    pub datum: Datum,
    pub ground: Ground,
    /// What confirmed visits taught about the point.
    pub correction: Correction,
}

impl Site {
    /// Where visitors really are: the point as entered, moved by what was learned.
    pub fn point(&self) -> Place {
        Plane::at(self.entered).place(self.correction.offset_m())
    }

    /// Metres from the site's ground.
    pub fn distance_m(&self, place: Place) -> f64 {
        self.ground.distance_m(Plane::at(self.point()).metres(place))
    }
}
