"""Makes small tokenizers of the kinds that SigLIP checkpoints have, trained on the texts of the parity test."""

import io
import json
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]


def added(content: str, id: int, special: bool) -> dict:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special}
    return {"id": id, "content": content, **flags}


def gemma(folder: Path, corpus: list[str], *, class_name: str, size: int, old_merges: bool, config: dict) -> int:
    """Writes a tokenizer as Gemma's: BPE with byte fallback over whole texts. Returns the size of its vocabulary.

    Like the real one it has special tokens, unused ones, runs of line breaks and of spaces, tags, and the bytes in
    front of its vocabulary. `old_merges` writes merges as one string, as files of tokenizers before 0.20 have them.
    """
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    runs = ["\n" * n for n in range(1, 6)] + ["▁" * n for n in range(2, 6)] + ["<table>", "</table>"]
    unused = [f"<unused{n}>" for n in range(7)]
    in_front = SPECIAL + unused + runs + [f"<0x{byte:02X}>" for byte in range(256)]
    # Pieces of one word each, as sentencepiece made Gemma's; the pipeline itself does not split.
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=in_front, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    parsed = json.loads(tokenizer.to_str())
    parsed["added_tokens"] = [
        added(token, id, token in SPECIAL) for id, token in enumerate(in_front) if not token.startswith("<0x")
    ]
    if old_merges:
        parsed["model"]["merges"] = [" ".join(merge) for merge in parsed["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(parsed, ensure_ascii=False, separators=(",", ":")))
    tokens = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    config = {"tokenizer_class": class_name, **tokens, **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
    return tokenizer.get_vocab_size()


def sentencepiece_model(folder: Path, corpus: list[str], *, size: int) -> int:
    """Writes a tokenizer as SigLIP 1 has it: a unigram model of sentencepiece, with T5's normalization."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus),
        model_writer=written,
        vocab_size=size,
        model_type="unigram",
        normalization_rule_name="nmt_nfkc",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    (folder / "spiece.model").write_bytes(written.getvalue())
    config = {
        "tokenizer_class": "SiglipTokenizer",
        "do_lower_case": True,
        "eos_token": "</s>",
        "pad_token": "</s>",
        "unk_token": "<unk>",
        "model_max_length": 64,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
    return sentencepiece.SentencePieceProcessor(model_proto=written.getvalue()).get_piece_size()
