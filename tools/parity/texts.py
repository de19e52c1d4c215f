"""The texts of the parity test."""

import unicodedata

TEXTS = [
    "a photo of a cat",
    "a photo of a dog",
    "A PHOTO OF A CAT ON A MAT",
    "red circle",
    "blue square on a white background",
    "two people riding bicycles along the beach at sunset",
    "",
    " ",
    "x",
    "   many    repeated \t\n spaces   ",
    "don't you'll we've I'm it's",
    "numbers 1234567890 and 3.14159",
    "punctuation!!! (really?) -- yes; no... #tag @user & co.",
    "naïve café in São Paulo, Ångström",
    # Decomposed: the same as the one before after NFC.
    unicodedata.normalize("NFD", "naïve café in São Paulo, Ångström"),
    "Ein Hund läuft über die Straße",
    "ΑΒΓ Δελτα Ωμέγα",
    "кошка на крыше",
    "一只猫坐在屋顶上",
    "猫の写真 と 犬",
    "حصان أبيض في الصحراء",
    "😀 🐈‍⬛ 👩‍👩‍👧 🇧🇷",
    "İstanbul ŞIĞ ǅ ﬁne",
    "zero\u200bwidth \u00a0 nbsp \u3000 wide",
    "a <cat> and a zebra by the <pad> road",
    "<|endoftext|> in the middle of <|startoftext|> a text",
    "supercalifragilisticexpialidocious",
    "\ud7ff\ue000\ufffd \u0001 control",
    "word " * 100,
    "a very long sentence that goes on and on about mountains, rivers, valleys, forests, meadows, "
    "lakes, seas, islands, bridges, towers, castles, villages, cities, markets, streets, gardens, "
    "flowers, birds, horses, dogs, cats and many other things that one could see on a long journey "
    "through a country that nobody has ever heard of before, until the very last word: end",
]

# What the tokenizers of SigLIP treat in ways of their own: case, punctuation, runs of spaces and lines, special tokens.
SIGLIP_TEXTS = [
    "A Photo of a CAT.",
    "a photo of a cat",
    "a photo, of a cat!",
    "it's a dog's life; isn't it?",
    "rock-n-roll / hip_hop [live] {2024} <b>bold</b>",
    "two\nlines\n\nand a gap\n",
    "four    spaces and a  double",
    " leading and trailing ",
    "\ttabs\tand\u00a0others\u2003wide\u0085next\x1cfile",
    "▁ underline ▁▁ twice",
    "</s> in the middle </s> of <unk> a text <eos> with <bos> and <pad> and <mask>",
    "<table>rows</table> <unused3> <start_of_turn>",
    "ＦＵＬＬ width ½ ﬃ Ⅷ ㎏ ①",
    "e\u0301 decomposed, ô composed, ḍ̇ reordered",
    "ΟΔΟΣ ΣΟΦΟΣ final sigma",
    "don't STOP… “quoted” — dash‑es",
    "100% of 3.5€ & £2 + 2 = 4 @home #1",
    "\u200bzero width\u200b",
    "한국어 사진 고양이",
    "𝒻𝒶𝓃𝒸𝓎 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🐈",
    "...",
    "!?",
]
