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

# What open_clip cleans before it makes tokens.
CLEANED = [
    "salt &amp; pepper &lt;3 &amp;quot;quoted&amp;quot; caf&eacute; &#128049; &EACUTE;t&eacute",
    "a <b>bold</b> cat &amp; dog&nbsp;&hellip; AT&T &notit;",
    "\u201cCurly\u201d \u2018quotes\u2019 don\u2019t matter \u201athere\u2019s\u201b \u2026 \u2013 \u2014",
    "\uff26\uff35\uff2c\uff2c\uff37\uff29\uff24\uff34\uff28 \uff76\uff9e\uff77\uff9e \uffe5\uff11\uff10\uff10",
    "\ufb01ne \ufb02owers and o\ufb03ces \u01c4 \u0149\u02bc",
    "line one\r\nline two\rline three\u2028four\u0085five\u000bsix",
    "\ufeffbyte order mark\u0007 bell \u001b[31mred\u001b[0m \ufffc",
    "<start_of_text> spelled <END_OF_TEXT> and more !<end_of_text>",
    "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3 \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "it'S HE'LL We'Re 'twas rock'n'roll '90s",
    "\u0093smart\u0094 \u0080100",
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
