//! The arguments of `export` and `import`.

use std::path::PathBuf;

use clap::Args;

/// `pixseek export`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek export ~/photos --out photos.npy     and photos.paths.txt: a path for each row
  pixseek export ~/photos --out photos.npy --f32 --paths names -0

A row is a picture's embedding, at unit length, in the order of their paths; these are relative to FOLDER.")]
pub struct ExportArgs {
    /// The folder [default: .]
    pub folder: Option<PathBuf>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR", conflicts_with = "folder")]
    pub dir: Option<PathBuf>,
    /// The NumPy file to write.
    #[arg(long, value_name = "FILE.npy")]
    pub out: PathBuf,
    /// The list of paths to write [default: FILE.paths.txt beside it]
    #[arg(long, value_name = "FILE")]
    pub paths: Option<PathBuf>,
    /// Numbers of 32 bits instead of the 16 that are stored.
    #[arg(long)]
    pub f32: bool,
    /// End each path with a NUL instead of a line break, so that any name can be written.
    #[arg(long, short = '0')]
    pub print0: bool,
}

/// `pixseek import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek import ~/photos --embeddings photos.npy --paths photos.paths.txt
  pixseek import ~/photos --embeddings emb.npy --paths list.txt --model openai/clip-vit-base-patch32

Row 0 belongs to the first path, and so on; paths are absolute or relative to FOLDER. The model must be the one that
made the embeddings. They are checked before anything is written; rows are brought to unit length. Files that are
missing are skipped; the others are read for their hashes, so that `pixseek index` need not encode them.")]
pub struct ImportArgs {
    /// The folder that the pictures are in.
    pub folder: PathBuf,
    /// A NumPy file with a row for each picture: f16 or f32, C order.
    #[arg(long, value_name = "FILE.npy")]
    pub embeddings: PathBuf,
    /// The pictures' paths, one a line.
    #[arg(long, value_name = "FILE")]
    pub paths: PathBuf,
    /// Paths end with a NUL instead of a line break.
    #[arg(long, short = '0', alias = "print0")]
    pub null: bool,
    /// Print a summary as a JSON object.
    #[arg(long)]
    pub json: bool,
}
