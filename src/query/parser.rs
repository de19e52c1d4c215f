//! Reading a query.

use std::ops::Range;

use super::comparison::Operator;
use super::error::{ErrorKind, Problem, QueryError, column};
use super::expression::{Query, Sign, Sort, Subject, Term};
use super::filters::{Filter, Test};
use super::keyword::Keyword;
use super::scan::{is_break, quoted, word_end};
use super::value::ValueError;
use super::weight;

/// The most terms of a query.
const MAX_TERMS: usize = 1000;
/// The most filters of a query.
const MAX_FILTERS: usize = 1000;
/// The most errors that are told. More help nobody, and each costs a look at the text before it.
const MAX_ERRORS: usize = 50;

/// How a query is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether `@3` means the third result, rather than a file of that name.
    pub numbered_results: bool,
}

/// A query, and where its parts stand in the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The query.
    pub query: Query,
    /// The place of each term, without its sign, in bytes.
    pub terms: Vec<Range<usize>>,
    /// The place of each filter with its `-`, in bytes.
    pub filters: Vec<Range<usize>>,
    /// The place of `sort:`.
    pub sort: Option<Range<usize>>,
    /// The place of `search:`.
    pub saved: Option<Range<usize>>,
}

/// Reads a query without results to refer to.
///
/// # Errors
/// The first thing that is wrong or unfinished.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    read(text, Options::default()).map(|parsed| parsed.query)
}

/// Reads a query and remembers where its parts stand.
///
/// # Errors
/// The first thing that is wrong or unfinished.
pub fn read(text: &str, options: Options) -> Result<Parsed, QueryError> {
    let (parsed, errors) = Parser::run(text, options);
    errors.into_iter().next().map_or(Ok(parsed), Err)
}

/// All that is wrong or unfinished in a query, in the order of the text.
pub fn errors(text: &str, options: Options) -> Vec<QueryError> {
    Parser::run(text, options).1
}

/// Whether a word begins with a negated filter, such as `-in:private`, and so is no option of a command.
pub fn is_negated_filter(word: &str) -> bool {
    filter_name(word).is_some_and(|(negated, _)| negated)
}

/// The form of the term that is being read.
enum Form {
    /// Pieces of text.
    Plain,
    /// One quoted text, as far as is known.
    Quoted(String),
    /// A picture, which nothing may follow.
    Picture(Subject),
}

/// The term that is being read.
struct OpenTerm {
    sign: Sign,
    /// Where its operator stands; `None` for a first term without one.
    operator: Option<usize>,
    weight: f32,
    is_weighed: bool,
    form: Form,
    /// Runs of words, quotes and all. Filters lie between them.
    pieces: Vec<Range<usize>>,
    /// Whether a filter stands behind the last piece.
    is_interrupted: bool,
    /// Whether a saved search stands where the term would begin, as in `red + search:boats`.
    is_saved: bool,
    /// Where it begins, weight included. `None` until it does.
    start: Option<usize>,
    end: usize,
}

impl OpenTerm {
    fn new(sign: Sign, operator: Option<usize>) -> Self {
        Self {
            sign,
            operator,
            weight: 1.0,
            is_weighed: false,
            form: Form::Plain,
            pieces: Vec::new(),
            is_interrupted: false,
            is_saved: false,
            start: None,
            end: 0,
        }
    }

    /// Takes in a word, or a quoted text with what hangs on it.
    fn take(&mut self, piece: Range<usize>) {
        self.end = piece.end;
        match self.pieces.last_mut() {
            Some(last) if !self.is_interrupted => last.end = piece.end,
            _ => self.pieces.push(piece),
        }
        self.is_interrupted = false;
    }
}

struct Parser<'a> {
    text: &'a str,
    options: Options,
    at: usize,
    term: OpenTerm,
    parsed: Parsed,
    errors: Vec<QueryError>,
}

impl<'a> Parser<'a> {
    fn run(text: &'a str, options: Options) -> (Parsed, Vec<QueryError>) {
        let term = OpenTerm::new(Sign::Plus, None);
        let mut parser = Self { text, options, at: 0, term, parsed: Parsed::default(), errors: Vec::new() };
        parser.read_all();
        (parser.parsed, parser.errors)
    }

    fn read_all(&mut self) {
        loop {
            let blanks = self.text[self.at..].find(|c: char| !c.is_whitespace());
            let Some(blanks) = blanks else { break };
            self.at += blanks;
            if let Some(sign) = self.operator() {
                self.end_term(ErrorKind::Wrong);
                self.term = OpenTerm::new(sign, Some(self.at));
                self.at += 1;
            } else if !self.read_filter() {
                self.read_word();
            }
            if self.is_too_long() {
                return;
            }
        }
        self.keep_plain_text();
        self.end_term(ErrorKind::Unfinished);
    }

    /// The operator that stands here: a sign with a blank on either side, or first and before a blank.
    fn operator(&self) -> Option<Sign> {
        let rest = &self.text[self.at..];
        let sign = match rest.as_bytes().first()? {
            b'+' => Sign::Plus,
            b'-' => Sign::Minus,
            _ => return None,
        };
        rest[1..].starts_with(char::is_whitespace).then_some(sign)
    }

    /// A text without operators, weights and filters keeps its outer blanks: it is what was typed.
    fn keep_plain_text(&mut self) {
        let nothing_else = self.parsed == Parsed::default() && self.errors.is_empty();
        let is_plain = matches!(self.term.form, Form::Plain) && self.term.start.is_some();
        if nothing_else && is_plain && self.term.operator.is_none() && !self.term.is_weighed {
            (self.term.start, self.term.end) = (Some(0), self.text.len());
            self.term.pieces = std::iter::once(0..self.text.len()).collect();
        }
    }

    /// Finishes the term that is being read. `missing` says what an operator without a term is.
    fn end_term(&mut self, missing: ErrorKind) {
        let term = std::mem::replace(&mut self.term, OpenTerm::new(Sign::Plus, None));
        let Some(start) = term.start else {
            if let Some(operator) = term.operator.filter(|_| !term.is_saved) {
                self.error(missing, operator..operator + 1, Problem::MissingTerm(term.sign.as_char()));
            }
            return;
        };
        let subject = match term.form {
            Form::Quoted(text) => Subject::Text(text),
            Form::Picture(subject) => subject,
            Form::Plain => {
                let pieces: Vec<&str> = term.pieces.iter().map(|piece| &self.text[piece.clone()]).collect();
                Subject::Text(pieces.join(" "))
            }
        };
        self.parsed.query.terms.push(Term { sign: term.sign, weight: term.weight, subject });
        self.parsed.terms.push(start..term.end);
    }

    /// Reads a word of a term, or a whole quoted text or picture at its beginning.
    fn read_word(&mut self) {
        let start = self.at;
        if self.term.start.is_some() {
            self.at = word_end(self.text, start);
            if let Form::Picture(_) = self.term.form {
                self.error(ErrorKind::Wrong, start..self.at, Problem::NotJoined);
                return;
            }
            // What follows a quoted text makes the quotes text too.
            self.term.form = Form::Plain;
            self.term.take(start..self.at);
            return;
        }
        self.term.start = Some(start);
        self.read_weight();
        let body = self.at;
        match self.text.as_bytes().get(body) {
            Some(b'"') => self.read_quoted(),
            Some(b'@') if body + 1 == self.text.len() || !is_break(self.text, body + 1) => {
                self.read_picture()
            }
            _ => {
                self.at = word_end(self.text, body);
                if self.term.is_weighed && filter_name(&self.text[body..self.at]).is_some() {
                    self.error(ErrorKind::Wrong, start..self.at, Problem::WeighedFilter);
                }
            }
        }
        self.term.take(body..self.at);
    }

    fn read_weight(&mut self) {
        let start = self.at;
        let word = &self.text[start..word_end(self.text, start)];
        let Some((weight, length)) = weight::at_start(word) else { return };
        self.at += length;
        self.term.is_weighed = true;
        match weight {
            Ok(weight) => self.term.weight = weight,
            Err(problem) => self.error(ErrorKind::Wrong, start..self.at - 1, problem),
        }
    }

    fn read_quoted(&mut self) {
        let start = self.at;
        match quoted(self.text, start) {
            Some(quoted) if is_break(self.text, quoted.end) => {
                self.term.form = Form::Quoted(quoted.content);
                self.at = quoted.end;
            }
            // More hangs on the closing quote, so the quotes are text.
            Some(quoted) => self.at = word_end(self.text, quoted.end),
            None => {
                self.at = self.text.len();
                self.error(ErrorKind::Unfinished, start..self.at, Problem::OpenQuote);
            }
        }
    }

    fn read_picture(&mut self) {
        let at_sign = self.at;
        self.at += 1;
        let is_quoted = self.text[self.at..].starts_with('"');
        let Some(path) = self.value() else { return };
        if path.is_empty() {
            let kind = if is_quoted { ErrorKind::Wrong } else { ErrorKind::Unfinished };
            self.error(kind, at_sign..self.at, Problem::MissingPicture);
            return;
        }
        let is_number = !is_quoted && path.bytes().all(|byte| byte.is_ascii_digit());
        let subject = if self.options.numbered_results && is_number {
            match path.parse() {
                Ok(number) if number > 0 => Subject::Result(number),
                _ => {
                    self.error(ErrorKind::Wrong, at_sign..self.at, Problem::NoSuchResult);
                    return;
                }
            }
        } else {
            Subject::Picture(path)
        };
        self.term.form = Form::Picture(subject);
    }

    /// Reads the word or the quoted text that stands here. `None`, with an error, when quotes are not as they should be.
    fn value(&mut self) -> Option<String> {
        let start = self.at;
        if !self.text[start..].starts_with('"') {
            self.at = word_end(self.text, start);
            return Some(self.text[start..self.at].to_owned());
        }
        match quoted(self.text, start) {
            Some(quoted) if is_break(self.text, quoted.end) => {
                self.at = quoted.end;
                Some(quoted.content)
            }
            Some(quoted) => {
                self.at = word_end(self.text, quoted.end);
                self.error(ErrorKind::Wrong, start..self.at, Problem::TextAfterQuote);
                None
            }
            None => {
                self.at = self.text.len();
                self.error(ErrorKind::Unfinished, start..self.at, Problem::OpenQuote);
                None
            }
        }
    }

    /// Reads a filter, `sort:` or `search:`, if one stands here.
    fn read_filter(&mut self) -> bool {
        let start = self.at;
        let word = &self.text[start..word_end(self.text, start)];
        let Some((negated, keyword)) = filter_name(word) else { return false };
        let name_end = start + usize::from(negated) + keyword.name.len();
        let Some((operator, length)) = Operator::at_start(&self.text[name_end..]) else { return false };
        self.term.is_interrupted = true;
        self.at = name_end + length;
        let written = &self.text[start + usize::from(negated)..self.at];
        let is_quoted = self.text[self.at..].starts_with('"');
        let Some(value) = self.value() else { return true };
        let span = start..self.at;
        let is_last = self.text[self.at..].trim().is_empty();
        if value.is_empty() {
            let kind = if is_last && !is_quoted { ErrorKind::Unfinished } else { ErrorKind::Wrong };
            let problem = Problem::MissingValue { filter: written.to_owned(), expects: keyword.expects };
            self.error(kind, span, problem);
            return true;
        }
        if let Err(error) = self.take_filter(keyword, negated, operator, &value, span.clone()) {
            let is_partial = error == ValueError::Partial && self.at == self.text.len() && !is_quoted;
            let kind = if is_partial { ErrorKind::Unfinished } else { ErrorKind::Wrong };
            let problem = match error {
                ValueError::Because(problem) => problem,
                ValueError::Partial | ValueError::Wrong => {
                    Problem::BadValue { filter: written.to_owned(), expects: keyword.expects, found: value }
                }
            };
            self.error(kind, span, problem);
        }
        true
    }

    fn take_filter(
        &mut self,
        keyword: Keyword,
        negated: bool,
        operator: Operator,
        value: &str,
        span: Range<usize>,
    ) -> Result<(), ValueError> {
        let because = |problem| Err(ValueError::Because(problem));
        let Parsed { query, filters, sort, saved, .. } = &mut self.parsed;
        let OpenTerm { sign, start, is_saved, .. } = &mut self.term;
        match keyword.name {
            "sort" if negated => return because(Problem::NotNegatable("sort:")),
            "sort" if sort.is_some() => return because(Problem::Twice("sort:")),
            "sort" => {
                query.sort = Some(Sort::read(value)?);
                *sort = Some(span);
            }
            "search" if negated => return because(Problem::NotNegatable("search:")),
            "search" if saved.is_some() => return because(Problem::Twice("search:")),
            "search" if *sign == Sign::Minus && start.is_none() => {
                return because(Problem::NotNegatable("search:"));
            }
            "search" => {
                *is_saved = start.is_none();
                query.saved = Some(value.to_owned());
                *saved = Some(span);
            }
            name => {
                query.filters.push(Filter { negated, test: Test::read(name, operator, value)? });
                filters.push(span);
            }
        }
        Ok(())
    }

    /// Whether the limits are passed, with an error if so.
    fn is_too_long(&mut self) -> bool {
        let Query { terms, filters, .. } = &self.parsed.query;
        let (parts, limit) = if terms.len() >= MAX_TERMS && self.term.start.is_some() {
            ("terms", MAX_TERMS)
        } else if filters.len() > MAX_FILTERS {
            ("filters", MAX_FILTERS)
        } else {
            return false;
        };
        let start = self.term.start.filter(|_| parts == "terms");
        let start = start.or_else(|| self.parsed.filters.last().map(|span| span.start)).unwrap_or(self.at);
        self.error(ErrorKind::Wrong, start..self.at.max(start), Problem::TooMany { parts, limit });
        true
    }

    fn error(&mut self, kind: ErrorKind, span: Range<usize>, problem: Problem) {
        if self.errors.len() < MAX_ERRORS {
            let column = column(self.text, span.start);
            self.errors.push(QueryError { kind, span, column, problem });
        }
    }
}

/// The filter's name at the beginning of a word, and whether a `-` stands before it.
fn filter_name(word: &str) -> Option<(bool, Keyword)> {
    match word.strip_prefix('-') {
        Some(rest) => Some((true, Keyword::at_start(rest)?)),
        None => Some((false, Keyword::at_start(word)?)),
    }
}
