//! A place -> the sites near it, from an R-tree in memory.

use std::collections::HashMap;

use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

use crate::units::place::METRES_PER_DEGREE;
use crate::units::{Place, Plane};

use super::{Lesson, Site, SiteId};

type Entry = GeomWithData<[f64; 2], u32>;

/// A site near a place.
#[derive(Debug, Clone, Copy)]
pub struct Near<'a> {
    pub site: &'a Site,
    /// Which of [`Sites::all`] it is.
    pub index: u32,
    /// Metres from its ground.
    pub distance_m: f64,
    /// The place is on its ground, as somebody drew it.
    pub inside: bool,
}

/// All sites; asking costs under a microsecond among 100,000.
#[derive(Debug, Default)]
pub struct Sites {
    sites: Vec<Site>,
    by_id: HashMap<SiteId, u32>,
    tree: RTree<Entry>,
    /// How far the widest ground reaches from its point.
    reach_m: f64,
    /// Some ground is wide enough to walk over.
    wide: bool,
}

impl Sites {
    /// Takes them all; of two with one id the later one counts.
    pub fn new(all: Vec<Site>) -> Self {
        let mut sites: Vec<Site> = Vec::with_capacity(all.len());
        let mut by_id = HashMap::with_capacity(all.len());
        for site in all {
            match by_id.get(&site.id) {
                Some(&index) => sites[index as usize] = site,
                None => {
                    by_id.insert(site.id.clone(), sites.len() as u32);
                    sites.push(site);
                }
            }
        }
        let tree = RTree::bulk_load((0..).zip(&sites).map(|(index, site)| entry(site, index)).collect());
        let reach_m = sites.iter().map(|site| site.ground.reach_m()).fold(0.0, f64::max);
        let wide = sites.iter().any(|site| site.ground.is_wide());
        Self { sites, by_id, tree, reach_m, wide }
    }

    /// Whether any ground is one that people walk over.
    pub fn has_wide(&self) -> bool {
        self.wide
    }

    pub fn all(&self) -> &[Site] {
        &self.sites
    }

    pub fn at(&self, index: u32) -> &Site {
        &self.sites[index as usize]
    }

    pub fn index_of(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Adds a site, or replaces the one with its id.
    pub fn put(&mut self, site: Site) {
        self.reach_m = self.reach_m.max(site.ground.reach_m());
        self.wide |= site.ground.is_wide();
        match self.index_of(&site.id) {
            Some(index) => self.change(index, |old| *old = site),
            None => {
                let index = self.sites.len() as u32;
                self.by_id.insert(site.id.clone(), index);
                self.tree.insert(entry(&site, index));
                self.sites.push(site);
            }
        }
    }

    /// A confirmed visit moves a site's point.
    pub fn learn(&mut self, index: u32, lesson: Lesson) {
        self.change(index, |site| site.correction.learn(lesson));
    }

    /// Takes back what a visit taught.
    pub fn unlearn(&mut self, index: u32, visit: u64) {
        self.change(index, |site| site.correction.unlearn(visit));
    }

    fn change(&mut self, index: u32, change: impl FnOnce(&mut Site)) {
        let site = &mut self.sites[index as usize];
        let old = entry(site, index);
        change(site);
        let new = entry(site, index);
        if old.geom() != new.geom() {
            self.tree.remove(&old);
            self.tree.insert(new);
        }
    }

    /// Every site whose ground is within `radius_m` of a place; in no order.
    pub fn near(&self, place: Place, radius_m: f64, mut found: impl FnMut(Near)) {
        let reach_m = radius_m + self.reach_m;
        let plane = Plane::at(place);
        let (north, east) = (reach_m / METRES_PER_DEGREE, plane.place((reach_m, 0.0)).lon - place.lon);
        let east = if (0.0..90.0).contains(&east) { east } else { 360.0 };
        let mut look = |west: f64, east: f64| {
            let within = AABB::from_corners([west, place.lat - north], [east, place.lat + north]);
            for entry in self.tree.locate_in_envelope(within) {
                let site = &self.sites[entry.data as usize];
                let (x, y) = plane.metres(Place::new(entry.geom()[1], entry.geom()[0]));
                let distance_m = site.ground.distance_m((-x, -y));
                if distance_m <= radius_m {
                    let inside = site.ground.holds((-x, -y));
                    found(Near { site, index: entry.data, distance_m, inside });
                }
            }
        };
        look(place.lon - east, place.lon + east);
        // Across the date line.
        if place.lon + east > 180.0 {
            look(-180.0, place.lon + east - 360.0);
        } else if place.lon - east < -180.0 {
            look(place.lon - east + 360.0, 180.0);
        }
    }
}

fn entry(site: &Site, index: u32) -> Entry {
    let point = site.point();
    Entry::new([point.lon, point.lat], index)
}
