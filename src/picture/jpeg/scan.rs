//! A scan: which components it has, and the walk over their blocks.

use super::frame::Frame;
use super::segments::Restart;

/// What the header of a scan says.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub components: Vec<ScanComponent>,
    /// First and last coefficient, in zigzag order.
    pub spectrum: (u8, u8),
    /// How many low bits of the coefficients earlier scans left out; 0 for the first scan of these coefficients.
    pub before: u8,
    /// How many low bits this scan leaves out.
    pub after: u8,
}

/// A component of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScanComponent {
    /// Index of the component in the frame.
    pub component: usize,
    /// Numbers of its tables.
    pub dc: usize,
    pub ac: usize,
}

impl Scan {
    /// Reads the data of an SOS segment.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn read(data: &[u8], frame: &Frame) -> Result<Self, &'static str> {
        let (count, rest) = data.split_first().ok_or("a scan's header is cut short")?;
        let count = usize::from(*count);
        let pairs = rest.as_chunks::<2>().0.get(..count).ok_or("a scan's header is cut short")?;
        let [first, last, approximation] = rest
            .get(2 * count..)
            .and_then(<[u8]>::first_chunk)
            .copied()
            .ok_or("a scan's header is cut short")?;
        if count == 0 || count > frame.components.len() {
            return Err("a scan has a wrong number of components");
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(count);
        for &[id, tables] in pairs {
            let is_free = |at: &usize| components.iter().all(|other| other.component != *at);
            let named = (0..frame.components.len())
                .filter(is_free)
                .find(|at| frame.components.get(*at).is_some_and(|component| component.id == id));
            let component = named.ok_or("a scan has a component that the frame hasn't")?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            components.push(ScanComponent { component, dc, ac });
        }
        let (before, after) = (approximation >> 4, approximation & 15);
        let is_sound = match (frame.coding.is_progressive, first) {
            (false, _) => true,
            (true, 0) => last == 0,
            (true, _) => first <= last && last < 64 && count == 1,
        };
        if frame.coding.is_progressive && (!is_sound || after > 13 || before != 0 && after + 1 != before) {
            return Err("a scan's header contradicts itself");
        }
        Ok(Self { components, spectrum: (first, last), before, after })
    }

    /// Whether it has all components of the frame.
    pub(crate) fn is_of_all(&self, frame: &Frame) -> bool {
        self.components.len() == frame.components.len()
    }
}

/// How the blocks of a scan follow each other.
#[derive(Debug)]
pub(super) struct Layout {
    /// MCUs side by side and above each other.
    pub mcus: (u32, u32),
    /// The blocks of an MCU.
    slots: Vec<Slot>,
}

/// A block of an MCU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Index of its component in the scan.
    pub part: usize,
    /// Blocks of this component that an MCU has side by side and above each other.
    size: (u32, u32),
    /// Where in the MCU it lies.
    at: (u32, u32),
}

impl Layout {
    /// A scan of one component has its blocks row by row; one of several has MCUs of the blocks that cover the same pixels.
    pub(crate) fn new(scan: &Scan, frame: &Frame) -> Self {
        if let [part] = scan.components.as_slice()
            && let Some(component) = frame.components.get(part.component)
        {
            let slots = vec![Slot { part: 0, size: (1, 1), at: (0, 0) }];
            return Self { mcus: frame.own_blocks(component), slots };
        }
        let mut slots = Vec::new();
        for (part, component) in scan.components.iter().enumerate() {
            let Some(component) = frame.components.get(component.component) else { continue };
            let size = (component.h, component.v);
            slots.extend((0..size.1).flat_map(|y| (0..size.0).map(move |x| Slot { part, size, at: (x, y) })));
        }
        Self { mcus: frame.mcus(), slots }
    }

    /// That of a lossless scan, whose components all have one sample for each pixel.
    pub(crate) fn of_samples(scan: &Scan, frame: &Frame) -> Self {
        let slot = |part| Slot { part, size: (1, 1), at: (0, 0) };
        Self { mcus: (frame.width, frame.height), slots: (0..scan.components.len()).map(slot).collect() }
    }
}

/// The compressed data of a scan, as they are read.
pub(super) trait Data<'a>: Copy {
    /// Reads from `position` on.
    fn new(bytes: &'a [u8], position: usize) -> Self;

    /// Offset of the next byte; the marker's when all data before it was read.
    fn position(&self) -> usize;

    /// Number of codes that mean nothing.
    fn bad_codes(&self) -> u32;

    /// Whether more was read than there is.
    fn is_exhausted(&self) -> bool;

    /// Goes over what is left before the restart marker `expected` (0 to 7), and over the marker.
    fn restarted(self, expected: u8) -> (Self, Restart);
}

/// Decodes the blocks of a scan, one after the other.
pub(super) trait DecodeBlock<D> {
    /// Decodes one block of the component `part` of the scan. `row` and `column` are its place among the blocks of the
    /// component.
    fn block(&mut self, data: &mut D, part: usize, row: usize, column: usize);

    /// Forgets what is known of the blocks before, as at a restart marker.
    fn restart(&mut self);
}

/// How far a scan is decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk<D> {
    data: D,
    restart_interval: u32,
    /// MCUs to the next restart.
    to_go: u32,
    /// Number of the next restart marker, 0 to 7.
    next_restart: u8,
    /// Whether there is no data up to the next restart marker.
    is_exhausted: bool,
    /// MCUs whose data was there.
    decoded: u64,
}

/// How far the decoding of a scan came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    /// MCUs whose data was there.
    pub decoded: u64,
    /// Offset of the byte behind what was read; the marker's when all data before it was read.
    pub position: usize,
    /// Number of codes that mean nothing.
    pub bad_codes: u32,
}

impl<'a, D: Data<'a>> Walk<D> {
    /// Starts at the data of a scan.
    pub(crate) fn new(bytes: &'a [u8], start: usize, restart_interval: u32) -> Self {
        Self {
            data: D::new(bytes, start),
            restart_interval,
            to_go: restart_interval,
            next_restart: 0,
            is_exhausted: false,
            decoded: 0,
        }
    }

    /// How far it came.
    pub(crate) fn reached(&self) -> Reached {
        let (position, bad_codes) = (self.data.position(), self.data.bad_codes());
        Reached { decoded: self.decoded, position, bad_codes }
    }

    /// Whether blocks were passed over for want of data.
    pub(crate) fn has_gaps(&self) -> bool {
        self.is_exhausted
    }

    /// Whether no data is left, neither here nor behind a restart marker.
    pub(crate) fn is_over(&self) -> bool {
        self.is_exhausted && self.restart_interval == 0
    }

    /// Decodes the next row of MCUs, whose number `decoder` is to take as `y`.
    pub(crate) fn row(&mut self, layout: &Layout, y: u32, decoder: &mut impl DecodeBlock<D>) {
        let mut data = self.data;
        for x in 0..layout.mcus.0 {
            if self.restart_interval > 0 {
                if self.to_go == 0 {
                    self.to_go = self.restart_interval;
                    let found;
                    (data, found) = data.restarted(self.next_restart);
                    match found {
                        Restart::None => self.restart_interval = 0,
                        found => {
                            self.is_exhausted &= found != Restart::Here;
                            self.next_restart = (self.next_restart + 1) & 7;
                            decoder.restart();
                        }
                    }
                }
                self.to_go = self.to_go.saturating_sub(1);
            }
            if self.is_exhausted {
                continue;
            }
            for slot in &layout.slots {
                let row = y * slot.size.1 + slot.at.1;
                let column = x * slot.size.0 + slot.at.0;
                decoder.block(&mut data, slot.part, row as usize, column as usize);
            }
            self.is_exhausted = data.is_exhausted();
            self.decoded += u64::from(!self.is_exhausted);
        }
        self.data = data;
    }
}
