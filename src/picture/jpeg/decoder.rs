//! The scans of a JPEG, one after the other, to pixels.

use crate::picture::error::PictureError;

use super::arithmetic::Answers;
use super::arithmetic_blocks::{ArithmeticBlocks, Kind};
use super::bits::Bits;
use super::colors::Colors;
use super::damage::Damage;
use super::decoder_error::damaged;
use super::frame::Frame;
use super::header::Header;
use super::huffman::HuffmanTable;
use super::planes::{Plane, planes};
use super::progressive::{AveragePart, Details, FinerAverages, FirstAverages};
use super::render::Renderer;
use super::scan::{Data, DecodeBlock, Layout, Reached, Scan, Walk};
use super::segments::next_segment;
use super::sequential::{Part, Sequential};
use super::tables::Tables;

/// Most scans that are decoded of a file. Encoders make about ten.
const MOST_SCANS: usize = 200;

/// Pixels, and what is wrong with them.
pub(super) type Pixels = (Vec<u8>, Option<String>);

/// Decodes a JPEG at `side` x `side` pixels a block: 8 is the full size, 2 a quarter, 1 an eighth.
///
/// # Errors
/// When less than a quarter of the picture is there, or none of it can be decoded.
pub(super) fn decode(
    bytes: &[u8],
    header: &Header<'_>,
    colors: Colors,
    side: usize,
) -> Result<Pixels, PictureError> {
    match kept_coefficients(&header.frame, side) {
        64 => Decoder::<64>::new(bytes, header, colors, side).decode(),
        4 => Decoder::<4>::new(bytes, header, colors, side).decode(),
        _ => Decoder::<1>::new(bytes, header, colors, side).decode(),
    }
}

/// How many coefficients of a block must be kept.
fn kept_coefficients(frame: &Frame, side: usize) -> usize {
    match side {
        // Arithmetic coding can't pass over anything.
        _ if frame.coding.is_arithmetic => 64,
        1 => 1,
        2 if !frame.coding.is_progressive => 4,
        // The later scans of progressive files depend on all that came before.
        _ => 64,
    }
}

/// Upper bound of the memory that [`decode`] takes, in bytes.
pub(super) fn memory(header: &Header<'_>, colors: Colors, side: usize) -> u64 {
    let frame = &header.frame;
    let is_one_scan = !frame.coding.is_progressive
        && !frame.coding.is_arithmetic
        && header.scan.first().map(|count| usize::from(*count)) == Some(frame.components.len());
    let rows = if is_one_scan { 1 } else { u64::from(frame.mcus().1) };
    let coefficients = 2
        * kept_coefficients(frame, side) as u64
        * (frame.blocks() / u64::from(frame.mcus().1).max(1))
        * rows;
    let scaled = |length: u32| (u64::from(length) * side as u64).div_ceil(8);
    let pixels = scaled(frame.width) * scaled(frame.height) * colors.channels() as u64;
    // Up to 33 rows of samples of each component, and a few on the way.
    let samples = (scaled(frame.width) + 64) * 48 * frame.components.len() as u64;
    coefficients + pixels + samples + (1 << 20)
}

/// The tables of a component of a scan.
struct ScanTables {
    dc: Option<HuffmanTable>,
    ac: Option<HuffmanTable>,
}

/// Decodes the scans of a file, `N` coefficients a block.
struct Decoder<'a, const N: usize> {
    bytes: &'a [u8],
    header: &'a Header<'a>,
    colors: Colors,
    side: usize,
    tables: Tables,
    /// The quantization table of each component, as it was when its first scan began.
    factors: Vec<Option<[u16; 64]>>,
}

impl<'a, const N: usize> Decoder<'a, N> {
    fn new(bytes: &'a [u8], header: &'a Header<'a>, colors: Colors, side: usize) -> Self {
        let factors = vec![None; header.frame.components.len()];
        Self { bytes, header, colors, side, tables: header.tables.clone(), factors }
    }

    fn decode(mut self) -> Result<Pixels, PictureError> {
        let frame = &self.header.frame;
        let scan = Scan::read(self.header.scan, frame).map_err(damaged)?;
        self.keep_factors(&scan);
        if !frame.coding.is_progressive && !frame.coding.is_arithmetic && scan.is_of_all(frame) {
            self.decode_one_scan(&scan)
        } else {
            self.decode_scans(scan)
        }
    }

    /// Decodes a file that has all in one scan: no more than one row of MCUs is held.
    fn decode_one_scan(self, scan: &Scan) -> Result<Pixels, PictureError> {
        let frame = &self.header.frame;
        let mut renderer = self.renderer()?;
        let tables = self.scan_tables(scan).map_err(damaged)?;
        let mut planes = planes::<N>(frame, 1);
        let mut decoder = Sequential { parts: parts(scan, &tables), planes: &mut planes };
        let layout = Layout::new(scan, frame);
        let (start, interval) = (self.header.scan_start, self.tables.restart_interval);
        let mut walk = Walk::<Bits<'_>>::new(self.bytes, start, interval);
        for _ in 0..layout.mcus.1 {
            if N > 1 || walk.has_gaps() {
                decoder.planes.iter_mut().for_each(Plane::clear);
            }
            walk.row(&layout, 0, &mut decoder);
            renderer.push(decoder.planes, 0, self.side);
        }
        let mut damage = Damage::new(frame);
        damage.add(scan, &layout, walk.reached(), self.bytes);
        Ok((renderer.into_pixels(), damage.judge(false)?))
    }

    /// Decodes a file of several scans: all coefficients are held.
    fn decode_scans(mut self, mut scan: Scan) -> Result<Pixels, PictureError> {
        let frame = &self.header.frame;
        let mut planes = planes::<N>(frame, frame.mcus().1);
        let mut damage = Damage::new(frame);
        let mut position = self.header.scan_start;
        let mut has_end = false;
        for number in 0..MOST_SCANS {
            // Averages need the first coefficient only.
            if N == 1 && frame.coding.is_progressive && scan.spectrum.0 > 0 {
                damage.skip(&scan);
            } else {
                match self.decode_scan(&scan, position, &mut planes) {
                    Ok(reached) => {
                        position = reached.position;
                        damage.add(&scan, &Layout::new(&scan, frame), reached, self.bytes);
                    }
                    Err(reason) if number == 0 => return Err(damaged(reason)),
                    Err(_) => {
                        damage.has_bad_data = true;
                        break;
                    }
                }
            }
            match self.next_scan(&mut position) {
                NextScan::Scan(next) => scan = next,
                NextScan::End => {
                    has_end = true;
                    break;
                }
                NextScan::Missing => break,
                NextScan::Bad => {
                    damage.has_bad_data = true;
                    break;
                }
            }
        }
        let words = damage.judge(!has_end)?;
        let mut renderer = self.renderer()?;
        for row in 0..frame.mcus().1 {
            renderer.push(&planes, row as usize, self.side);
        }
        Ok((renderer.into_pixels(), words))
    }

    /// Decodes a scan into planes of the whole picture.
    fn decode_scan(
        &self,
        scan: &Scan,
        position: usize,
        planes: &mut [Plane<N>],
    ) -> Result<Reached, &'static str> {
        let frame = &self.header.frame;
        let layout = Layout::new(scan, frame);
        let (shift, is_finer, interval) = (scan.after, scan.before > 0, self.tables.restart_interval);
        if frame.coding.is_arithmetic {
            let kind = if frame.coding.is_progressive {
                Kind { spectrum: scan.spectrum, shift, is_finer }
            } else {
                Kind::ALL
            };
            let walk = Walk::<Answers<'_>>::new(self.bytes, position, interval);
            let mut decoder = ArithmeticBlocks::new(&scan.components, &self.tables, kind, planes);
            return Ok(walk_all(walk, &layout, &mut decoder));
        }
        let tables = self.scan_tables(scan)?;
        let walk = Walk::<Bits<'_>>::new(self.bytes, position, interval);
        if !frame.coding.is_progressive {
            let parts = parts(scan, &tables);
            return Ok(walk_all(walk, &layout, &mut Sequential { parts, planes }));
        }
        let first = scan.components.first().zip(tables.first());
        Ok(match (scan.spectrum.0, is_finer, first) {
            (0, false, _) => {
                let parts = average_parts(scan, &tables);
                walk_all(walk, &layout, &mut FirstAverages { parts, planes, shift })
            }
            (0, _, _) => {
                let components = scan.components.clone();
                walk_all(walk, &layout, &mut FinerAverages { components, planes, shift })
            }
            (_, _, Some((part, ScanTables { ac: Some(ac), .. }))) => {
                let (component, spectrum) = (part.component, scan.spectrum);
                let mut decoder =
                    Details { planes, component, ac, spectrum, shift, is_finer, empty_blocks: 0 };
                walk_all(walk, &layout, &mut decoder)
            }
            _ => walk.reached(),
        })
    }

    /// Follows the segments to the next scan, from the end of the data of the one before.
    fn next_scan(&mut self, position: &mut usize) -> NextScan {
        loop {
            let Some(segment) = next_segment(self.bytes, *position).filter(|segment| !segment.is_cut) else {
                return NextScan::Missing;
            };
            *position = segment.end;
            match segment.marker {
                0xd9 => return NextScan::End,
                0xda => {
                    let Ok(scan) = Scan::read(segment.data, &self.header.frame) else { return NextScan::Bad };
                    self.keep_factors(&scan);
                    return NextScan::Scan(scan);
                }
                marker if self.tables.read(marker, segment.data).is_err() => return NextScan::Bad,
                _ => {}
            }
        }
    }

    /// Keeps the quantization tables of a scan's components: later segments may replace them.
    fn keep_factors(&mut self, scan: &Scan) {
        for part in &scan.components {
            let component = self.header.frame.components.get(part.component);
            let table = component.and_then(|component| self.tables.quantization.get(component.quantization));
            if let Some(factors) = self.factors.get_mut(part.component)
                && factors.is_none()
            {
                *factors = table.copied().flatten();
            }
        }
    }

    fn renderer(&self) -> Result<Renderer, PictureError> {
        // Components that are missing altogether need none.
        let missing = self
            .factors
            .first()
            .copied()
            .flatten()
            .ok_or_else(|| damaged("a quantization table is missing"))?;
        let factors: Vec<_> = self.factors.iter().map(|factors| factors.unwrap_or(missing)).collect();
        Ok(Renderer::new(&self.header.frame, &factors, self.colors, self.side))
    }

    /// Makes the tables that a scan uses.
    fn scan_tables(&self, scan: &Scan) -> Result<Vec<ScanTables>, &'static str> {
        let coding = self.header.frame.coding;
        let needs_dc = !coding.is_progressive || scan.spectrum.0 == 0 && scan.before == 0;
        let needs_ac = !coding.is_progressive || scan.spectrum.0 > 0;
        let wrong = "a Huffman table contradicts itself";
        let mut tables = Vec::new();
        for part in &scan.components {
            let (mut dc, mut ac) = (None, None);
            if needs_dc {
                let code = self.tables.dc.get(part.dc).and_then(Option::as_ref);
                let code = code.ok_or("a Huffman table is missing")?;
                dc = Some(HuffmanTable::new(code).filter(|_| code.has_only_sizes()).ok_or(wrong)?);
            }
            if needs_ac {
                let code = self.tables.ac.get(part.ac).and_then(Option::as_ref);
                let code = code.ok_or("a Huffman table is missing")?;
                let table = HuffmanTable::new(code).ok_or(wrong)?;
                ac = Some(if N < 64 { table.with_skips() } else { table });
            }
            tables.push(ScanTables { dc, ac });
        }
        Ok(tables)
    }
}

/// What follows a scan.
enum NextScan {
    Scan(Scan),
    /// The end of the picture.
    End,
    /// Nothing: the file ends.
    Missing,
    /// A segment that contradicts the format.
    Bad,
}

/// Decodes all blocks of a scan.
fn walk_all<'a, D: Data<'a>>(
    mut walk: Walk<D>,
    layout: &Layout,
    decoder: &mut impl DecodeBlock<D>,
) -> Reached {
    for row in 0..layout.mcus.1 {
        if walk.is_over() {
            break;
        }
        walk.row(layout, row, decoder);
    }
    walk.reached()
}

fn parts<'t>(scan: &Scan, tables: &'t [ScanTables]) -> Vec<Part<'t>> {
    let part = |(&component, tables): (_, &'t ScanTables)| {
        Some(Part::new(component, tables.dc.as_ref()?, tables.ac.as_ref()?))
    };
    scan.components.iter().zip(tables).filter_map(part).collect()
}

fn average_parts<'t>(scan: &Scan, tables: &'t [ScanTables]) -> Vec<AveragePart<'t>> {
    let part = |(&component, tables): (_, &'t ScanTables)| {
        Some(AveragePart { component, dc: tables.dc.as_ref()?, before: 0 })
    };
    scan.components.iter().zip(tables).filter_map(part).collect()
}
