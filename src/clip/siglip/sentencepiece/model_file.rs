//! Reading `spiece.model`: the fields of `sentencepiece_model.proto` that a unigram model needs.

/// What a model's file says.
pub(super) struct ModelFile {
    /// The pieces; the position of each is its id.
    pub pieces: Vec<ModelPiece>,
    /// The compiled map of characters; empty is none.
    pub charsmap: Vec<u8>,
    pub add_dummy_prefix: bool,
    pub remove_extra_whitespaces: bool,
}

/// A piece of the vocabulary.
pub(super) struct ModelPiece {
    pub text: String,
    /// Logarithm of its probability.
    pub score: f32,
    pub kind: PieceKind,
}

/// What a piece is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// It is found in texts.
    Normal,
    /// It stands for what is not in the vocabulary.
    Unknown,
    /// It is never found in texts.
    Control,
    /// It keeps its id, and is never found.
    Unused,
}

impl ModelFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is damaged, or needs what is not supported, as a reason.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut file = Self {
            pieces: Vec::new(),
            charsmap: Vec::new(),
            add_dummy_prefix: true,
            remove_extra_whitespaces: true,
        };
        for field in Fields(bytes) {
            match field? {
                (1, Field::Bytes(piece)) => file.pieces.push(ModelPiece::parse(piece)?),
                (2, Field::Bytes(trainer)) => check_trainer(trainer)?,
                (3, Field::Bytes(normalizer)) => file.read_normalizer(normalizer)?,
                _ => {}
            }
        }
        Ok(file)
    }

    fn read_normalizer(&mut self, bytes: &[u8]) -> Result<(), String> {
        for field in Fields(bytes) {
            match field? {
                (2, Field::Bytes(charsmap)) => self.charsmap = charsmap.to_vec(),
                (3, Field::Number(on)) => self.add_dummy_prefix = on != 0,
                (4, Field::Number(on)) => self.remove_extra_whitespaces = on != 0,
                (5, Field::Number(0)) => {
                    return Err("keeps spaces as they are, which is not supported".into());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Refuses models that are not cut as a unigram model without bytes is.
fn check_trainer(bytes: &[u8]) -> Result<(), String> {
    for field in Fields(bytes) {
        match field? {
            (3, Field::Number(kind)) if kind != 1 => {
                return Err(format!("has a model of type {kind}, only 1 (unigram) is supported"));
            }
            (24, Field::Number(1..)) => return Err("has spaces behind words, which is not supported".into()),
            (35, Field::Number(1..)) => return Err("falls back to bytes, which is not supported".into()),
            _ => {}
        }
    }
    Ok(())
}

impl ModelPiece {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut piece = Self { text: String::new(), score: 0.0, kind: PieceKind::Normal };
        for field in Fields(bytes) {
            match field? {
                (1, Field::Bytes(text)) => {
                    piece.text =
                        String::from_utf8(text.to_vec()).map_err(|_| "has a piece that is no text")?;
                }
                (2, Field::Float(score)) => piece.score = score,
                (3, Field::Number(kind)) => {
                    piece.kind = match kind {
                        1 => PieceKind::Normal,
                        2 => PieceKind::Unknown,
                        3 => PieceKind::Control,
                        5 => PieceKind::Unused,
                        4 => return Err("has user-defined pieces, which are not supported".into()),
                        _ => return Err(format!("has a piece of type {kind}, which is not supported")),
                    };
                }
                _ => {}
            }
        }
        Ok(piece)
    }
}

/// The value of a field in protobuf's wire format.
enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
    /// 64 bits, which no field that counts here has.
    Other,
}

/// The fields of a protobuf message, with their numbers.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Field<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or_else(|| "is no sentencepiece model, or damaged".to_owned());
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Number(self.varint()?),
            1 => self.take(8).map(|_| Field::Other)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Float(f32::from_le_bytes(*self.take(4)?.first_chunk()?)),
            _ => return None,
        };
        Some((key >> 3, field))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}
