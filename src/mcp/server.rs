//! The tools and resources. Each call runs on a thread of its own, so that the client can cancel it meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, ContentBlock, Implementation, ListResourceTemplatesResult, PaginatedRequestParams,
    ProgressNotificationParam, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use serde::Serialize;

use super::answers::{
    Collections, DescribeArguments, Description, FolderStatus, Found, Results, SearchArguments,
    SimilarArguments, StatusArguments, Word,
};
use super::folders::{Folders, Source};
use super::pictures::{self, THUMBNAIL};
use crate::library::{Hit, Library};

/// The kind of every picture that is handed out.
const JPEG: &str = "image/jpeg";
/// The most results of a call.
const MOST_RESULTS: usize = 200;
/// The most words for a picture.
const MOST_WORDS: usize = 50;

const INSTRUCTIONS: &str = "Finds pictures on this machine by what is in them. `search` takes plain words or the query \
language; `describe` shows a picture with its facts; `similar` finds others that look like it; `collections` and `status` tell \
which folders there are. Nothing is changed. Thumbnails of results are resources.";

/// The server of one client.
pub(super) struct Server<S> {
    folders: Arc<Folders<S>>,
}

type Context = RequestContext<RoleServer>;

#[tool_router]
impl<S: Source> Server<S> {
    pub(super) fn new(source: S) -> Self {
        Self { folders: Arc::new(Folders::new(source)) }
    }

    #[tool(
        description = "Find pictures by what is in them, by words, example pictures and filters. Returns paths, the best first.",
        output_schema = rmcp::handler::server::tool::schema_for_type::<Results>(),
        annotations(title = "Search pictures", read_only_hint = true, open_world_hint = false)
    )]
    async fn search(
        &self,
        Parameters(asked): Parameters<SearchArguments>,
        context: Context,
    ) -> Result<CallToolResult, ErrorData> {
        self.answer(context, move |folders, _| {
            let top = checked_top(asked.top)?;
            let query = folders.source.read_query(&asked.query)?;
            anyhow::ensure!(!query.is_empty(), "the query is empty: say what to look for");
            let mut found = Vec::new();
            let mut notes = Vec::new();
            let asked = folders.asked(asked.folder.as_deref())?;
            for folder in &asked {
                let answered = folders.open(folder).and_then(|open| {
                    let library = &mut open.lock().library;
                    let answer = library.ask(&query, top)?;
                    let pictures = library.searcher()?.len();
                    if answer.left == 0 && pictures > 0 {
                        notes.push(format!(
                            "'{}': none of {pictures} pictures fits the filters",
                            folder.display()
                        ));
                    }
                    notes.extend(answer.unread.iter().map(|rest| format!("not read by the model: {rest}")));
                    in_folder(library, answer.hits)
                });
                match answered {
                    Ok(hits) => found.extend(hits),
                    // One folder that can't be searched does not hide the others.
                    Err(error) if asked.len() > 1 => {
                        notes.push(format!("'{}': {}", folder.display(), folders.source.in_words(&error)));
                    }
                    Err(error) => return Err(error),
                }
            }
            if asked.len() > 1 {
                found.sort_by(|(_, a), (_, b)| b.unwrap_or(f32::MIN).total_cmp(&a.unwrap_or(f32::MIN)));
            }
            found.truncate(top);
            Ok(results(found, notes))
        })
        .await
    }

    #[tool(
        description = "Find pictures that look like a given one. Returns paths, the most similar first, without the picture itself.",
        output_schema = rmcp::handler::server::tool::schema_for_type::<Results>(),
        annotations(title = "Similar pictures", read_only_hint = true, open_world_hint = false)
    )]
    async fn similar(
        &self,
        Parameters(asked): Parameters<SimilarArguments>,
        context: Context,
    ) -> Result<CallToolResult, ErrorData> {
        self.answer(context, move |folders, _| {
            let top = checked_top(asked.top)?;
            let (path, own) = folders.picture(&pictures::path_of(&asked.path))?;
            let folder = match asked.folder {
                Some(folder) => folders.asked(Some(&folder))?.remove(0),
                None => own,
            };
            let open = folders.open(&folder)?;
            let library = &mut open.lock().library;
            let hits = library.similar(&path, top)?;
            Ok(results(in_folder(library, hits)?, Vec::new()))
        })
        .await
    }

    #[tool(
        description = "Look at a picture: a small JPEG, its size, what its file says (time, place, camera, caption, tags), the \
                       text that was read from it, and the words that are nearest to what is in it.",
        output_schema = rmcp::handler::server::tool::schema_for_type::<Description>(),
        annotations(title = "Describe a picture", read_only_hint = true, open_world_hint = false)
    )]
    async fn describe(
        &self,
        Parameters(asked): Parameters<DescribeArguments>,
        context: Context,
    ) -> Result<CallToolResult, ErrorData> {
        self.answer(context, move |folders, progress| {
            anyhow::ensure!(
                asked.pixels == 0 || (64..=2048).contains(&asked.pixels),
                "`pixels` is {}, but 0 or 64 to 2048 are possible",
                asked.pixels
            );
            anyhow::ensure!(
                asked.words <= MOST_WORDS,
                "`words` is {}, but at most {MOST_WORDS} are possible",
                asked.words
            );
            let (path, folder) = folders.picture(&pictures::path_of(&asked.path))?;
            let small = pictures::small(&path, if asked.pixels == 0 { THUMBNAIL } else { asked.pixels })?;
            let (facts, bytes) = pictures::facts(&path)?;
            let mut words = Vec::new();
            let open = folders.open(&folder)?;
            let open = &mut *open.lock();
            let text = open.library.text_of(&path)?.filter(|text| !text.is_empty());
            if asked.words > 0 {
                let vector = open.library.picture_embedding(&path)?;
                let list = open.words(|| progress("preparing the words, once for this model"))?;
                let tags = list.nearest(&vector, asked.words).into_iter();
                words = tags.map(|tag| Word { word: tag.word, score: tag.score }).collect();
            }
            let description = Description {
                path: path.to_string_lossy().into(),
                width: small.size.0,
                height: small.size.1,
                bytes,
                damage: small.damage,
                text,
                words,
                facts,
                thumbnail: pictures::address(&path),
            };
            let mut answer = structured(&description)?;
            if asked.pixels > 0 {
                answer.content.push(ContentBlock::image(small.jpeg, JPEG));
            }
            Ok(answer)
        })
        .await
    }

    #[tool(
        description = "List the folders whose pictures can be searched, with the number of pictures and the model of each.",
        output_schema = rmcp::handler::server::tool::schema_for_type::<Collections>(),
        annotations(title = "Folders", read_only_hint = true, open_world_hint = false)
    )]
    async fn collections(&self, context: Context) -> Result<CallToolResult, ErrorData> {
        self.answer(context, |folders, _| statuses(folders, folders.source.folders()?)).await
    }

    #[tool(
        description = "Tell how many pictures of a folder can be searched, how many could not be read, and with which model.",
        output_schema = rmcp::handler::server::tool::schema_for_type::<Collections>(),
        annotations(title = "State of a folder", read_only_hint = true, open_world_hint = false)
    )]
    async fn status(
        &self,
        Parameters(asked): Parameters<StatusArguments>,
        context: Context,
    ) -> Result<CallToolResult, ErrorData> {
        self.answer(context, move |folders, _| statuses(folders, folders.asked(asked.folder.as_deref())?))
            .await
    }
}

impl<S: Source> Server<S> {
    /// Runs a tool, as [`Self::run`]. What goes wrong in it is the tool's error: the agent reads it.
    async fn answer(
        &self,
        context: Context,
        work: impl FnOnce(&Folders<S>, &dyn Fn(&str)) -> Result<CallToolResult> + Send + 'static,
    ) -> Result<CallToolResult, ErrorData> {
        let answer = self.run(context, work).await?;
        Ok(answer.unwrap_or_else(|words| CallToolResult::error(vec![ContentBlock::text(words)])))
    }

    /// Runs `work` on a thread of its own, which may tell how far it is. Its errors are put into words. A request that is
    /// cancelled has no answer.
    async fn run<T: Send + 'static>(
        &self,
        context: Context,
        work: impl FnOnce(&Folders<S>, &dyn Fn(&str)) -> Result<T> + Send + 'static,
    ) -> Result<Result<T, String>, ErrorData> {
        let folders = self.folders.clone();
        let (sender, mut words) = tokio::sync::mpsc::unbounded_channel::<String>();
        let mut running = tokio::task::spawn_blocking(move || {
            // Whoever waited may be gone.
            let progress = |words: &str| drop(sender.send(words.to_owned()));
            work(&folders, &progress).map_err(|error| folders.source.in_words(&error))
        });
        let token = context.meta.get_progress_token();
        let mut told = 0.0;
        loop {
            tokio::select! {
                biased;
                () = context.ct.cancelled() => return Err(ErrorData::internal_error("cancelled", None)),
                Some(message) = words.recv() => {
                    if let Some(token) = token.clone() {
                        told += 1.0;
                        let param = ProgressNotificationParam::new(token, told).with_message(message);
                        // A client that is gone needs no progress.
                        drop(context.peer.notify_progress(param).await);
                    }
                }
                done = &mut running => {
                    return done.map_err(|_| ErrorData::internal_error("the call crashed: stderr tells where", None));
                }
            }
        }
    }
}

#[tool_handler]
impl<S: Source> ServerHandler for Server<S> {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("pixseek", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(pictures::template(), "thumbnail")
            .with_description("A small JPEG of a picture. Results of the tools have the addresses.")
            .with_mime_type(JPEG);
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        asked: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = asked.uri;
        if !pictures::is_address(&uri) {
            return Err(ErrorData::resource_not_found(format!("there is no resource '{uri}'"), None));
        }
        let address = uri.clone();
        let small = self.run(context, move |folders, _| {
            let (path, _) = folders.picture(&pictures::path_of(&address))?;
            pictures::small(&path, THUMBNAIL)
        });
        let small = small.await?.map_err(|words| ErrorData::resource_not_found(words, None))?;
        let contents = ResourceContents::blob(small.jpeg, uri).with_mime_type(JPEG);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

fn checked_top(top: usize) -> Result<usize> {
    anyhow::ensure!(
        (1..=MOST_RESULTS).contains(&top),
        "`top` is {top}, but 1 to {MOST_RESULTS} are possible"
    );
    Ok(top)
}

/// The absolute paths of hits that may be handed out, with their scores.
fn in_folder(library: &Library, mut hits: Vec<Hit>) -> Result<Vec<(PathBuf, Option<f32>)>> {
    let boundary = library.collection().boundary(library.catalog())?;
    let mut printable = boundary.printable();
    hits.retain(|hit| printable.allows(&hit.path));
    let root = &library.collection().root;
    Ok(hits.into_iter().map(|hit| (root.join(hit.path), hit.score)).collect())
}

fn results(found: Vec<(PathBuf, Option<f32>)>, mut notes: Vec<String>) -> CallToolResult {
    if found.is_empty() && notes.is_empty() {
        notes.push("nothing found".to_owned());
    }
    let links: Vec<ContentBlock> =
        found.iter().map(|(path, _)| ContentBlock::resource_link(link(path))).collect();
    let results = found.into_iter().zip(1..).map(|((path, score), rank)| Found {
        rank,
        thumbnail: pictures::address(&path),
        path: path.to_string_lossy().into(),
        score,
    });
    let results = Results { results: results.collect(), notes };
    match structured(&results) {
        Ok(mut answer) => {
            answer.content.extend(links);
            answer
        }
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    }
}

/// A picture's thumbnail as a resource.
fn link(path: &Path) -> Resource {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Resource::new(pictures::address(path), name).with_mime_type(JPEG)
}

fn structured(answer: &impl Serialize) -> Result<CallToolResult> {
    Ok(CallToolResult::structured(serde_json::to_value(answer)?))
}

fn statuses<S: Source>(folders: &Folders<S>, paths: Vec<PathBuf>) -> Result<CallToolResult> {
    let of = |folder: &PathBuf| {
        let status = folders.open(folder).and_then(|open| {
            let library = &open.lock().library;
            Ok((library.status()?, library.key().id.clone()))
        });
        let shown = folder.to_string_lossy().into_owned();
        match status {
            Ok((status, model)) => FolderStatus {
                folder: shown,
                pictures: Some(status.counts.pictures),
                failed: Some(status.counts.failed),
                model: Some(model),
                error: None,
            },
            Err(error) => FolderStatus {
                folder: shown,
                pictures: None,
                failed: None,
                model: None,
                error: Some(folders.source.in_words(&error)),
            },
        }
    };
    structured(&Collections { collections: paths.iter().map(of).collect() })
}
