"""Makes a tokenizer and trains a classifier of short notes, for tests of text as a source.

    python3 text.py OUT

Into OUT come tokenizer.json (WordPiece, uncased, as BERT's), model.onnx (mean of embeddings, int64 input_ids and
attention_mask [batch, sequence]), calibration.csv and evaluation.csv (text,label), labels.txt, and expected.json: token numbers by
the rules of WordPiece as BERT's authors give them, computed here without the library that is tested. numpy and onnx; a seed: the
same versions give the same files.
"""
import csv
import json
import sys
import unicodedata
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LABELS = ["normal", "warning", "fault"]
PARTS = ["pump", "fan", "press", "valve", "motor", "conveyor", "compressor", "spindle"]
SAID = {
    "normal": ["inspected, all values normal", "is running smoothly again", "was lubricated as planned", "no findings",
               "temperature steady at 45°", "cleaned and restarted without remarks"],
    "warning": ["temperature is rising slowly", "makes an unusual noise", "vibration above the usual level",
                "pressure fluctuates a little", "filter nearly clogged", "belt is wearing out"],
    "fault": ["stopped: overcurrent!", "bearing has seized", "is leaking oil heavily", "tripped the emergency stop",
              "shaft broke", "no pressure at all, shut down"],
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WIDTH, LENGTH = 8, 16


def notes(random, count):
    for _ in range(count):
        label = LABELS[random.integers(len(LABELS))]
        part = PARTS[random.integers(len(PARTS))]
        said = SAID[label][random.integers(len(SAID[label]))]
        opening = ["", "Shift report: ", "the ", "Unit %d, " % random.integers(1, 60)][random.integers(4)]
        yield opening + part + (" %d " % random.integers(1, 9) if random.random() < 0.5 else " ") + said, label


def words(text):
    """Cleans, lowers, strips accents, and splits at white space and punctuation, as BERT's BasicTokenizer."""
    kept = []
    for c in text:
        if c in "\t\n\r":
            kept.append(" ")
        elif not (ord(c) in (0, 0xFFFD) or unicodedata.category(c).startswith("C")):
            kept.append(" " + c + " " if 0x4E00 <= ord(c) <= 0x9FFF else " " if unicodedata.category(c) == "Zs" else c)
    plain = "".join(c for c in unicodedata.normalize("NFD", "".join(kept).lower()) if unicodedata.category(c) != "Mn")
    split = []
    for c in plain:
        code = ord(c)
        mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        split.append(" " + c + " " if mark or unicodedata.category(c).startswith("P") else c)
    return "".join(split).split()


def pieces(word, vocabulary):
    """The longest piece first, from the left."""
    if len(word) > 100:
        return ["[UNK]"]
    found, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start and ("##" if start else "") + word[start:end] not in vocabulary:
            end -= 1
        if end == start:
            return ["[UNK]"]
        found.append(("##" if start else "") + word[start:end])
        start = end
    return found


def encode(text, vocabulary):
    tokens = [p for w in words(text) for p in pieces(w, vocabulary)][:LENGTH - 2]
    ids = [vocabulary[t] for t in ["[CLS]", *tokens, "[SEP]"]]
    return ids + [0] * (LENGTH - len(ids)), [1] * len(ids) + [0] * (LENGTH - len(ids))


def vocabulary_of(texts):
    """Whole words that are frequent, endings, and every character alone and as a continuation."""
    counts = {}
    for text in texts:
        for word in words(text):
            counts[word] = counts.get(word, 0) + 1
    letters = sorted({c for word in counts for c in word} | set("abcdefghijklmnopqrstuvwxyz0123456789!?,.:"))
    whole = sorted(w for w, n in counts.items() if n >= 12 and len(w) > 1)
    endings = ["##ing", "##ed", "##s", "##ly", "##er"]
    tokens = SPECIAL + letters + ["##" + c for c in letters if c.isalnum()] + whole + endings
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def tokenizer(vocabulary):
    def special(name):
        return {"id": vocabulary[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True}

    def mark(name, kind):
        return {"SpecialToken": {"id": name, "type_id": kind}}

    def text(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}

    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [special(name) for name in SPECIAL],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark("[CLS]", 0), text("A", 0), mark("[SEP]", 0)],
            "pair": [mark("[CLS]", 0), text("A", 0), mark("[SEP]", 0), text("B", 1), mark("[SEP]", 1)],
            "special_tokens": {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]}
                               for name in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary}}


def train(samples, size, random):
    """Gradient descent on the mean of embeddings and one layer."""
    table = random.normal(0, 0.3, (size, WIDTH))
    layer, bias = random.normal(0, 0.3, (WIDTH, len(LABELS))), np.zeros(len(LABELS))
    ids = np.array([s[0] for s in samples])
    mask = np.array([s[1] for s in samples], dtype=float)
    truth = np.eye(len(LABELS))[[s[2] for s in samples]]
    share = mask / mask.sum(1, keepdims=True)
    for step in range(600):
        mean = (table[ids] * share[:, :, None]).sum(1)
        scores = mean @ layer + bias
        chance = np.exp(scores - scores.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        error = (chance - truth) / len(samples)
        rate = 8.0
        spread = (error @ layer.T)[:, None, :] * share[:, :, None]
        layer -= rate * mean.T @ error
        bias -= rate * error.sum(0)
        np.add.at(table, ids, -rate * spread)
    return table.astype(np.float32), layer.astype(np.float32), bias.astype(np.float32)


def export(table, layer, bias, file):
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["embedded"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask3"]),
        helper.make_node("Mul", ["embedded", "mask3"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "middle"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "middle"], ["length"], keepdims=1),
        helper.make_node("Div", ["sum", "length"], ["mean"]),
        helper.make_node("Gemm", ["mean", "layer", "bias"], ["logits"]),
    ]
    tokens = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
              for name in ("input_ids", "attention_mask")]
    graph = helper.make_graph(
        nodes, "notes", tokens,
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(LABELS)])],
        [numpy_helper.from_array(a, n) for n, a in (
            ("table", table), ("layer", layer), ("bias", bias),
            ("last", np.array([2])), ("middle", np.array([1])))])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="text.py")
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, file)


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    learned, calibration, evaluation = (list(notes(random, n)) for n in (1500, 60, 240))
    vocabulary = vocabulary_of([text for text, _ in learned])
    samples = [(*encode(text, vocabulary), LABELS.index(label)) for text, label in learned]
    export(*train(samples, len(vocabulary), random), out / "model.onnx")
    (out / "tokenizer.json").write_text(json.dumps(tokenizer(vocabulary), ensure_ascii=False), encoding="utf-8")
    (out / "labels.txt").write_text("\n".join(LABELS) + "\n")
    for name, rows in (("calibration", calibration), ("evaluation", evaluation)):
        with open(out / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["text", "label"])
            writer.writerows(rows)
    odd = ["", "Überhitzung am Motor!", "PUMP\tstopped\u00a0now", "bearing—seized…", "泵 故障", "naïve café", "a" * 101,
           "x\u0000y\ufffdz", "fan 3 is leaking oil heavily and the shaft broke and the belt is wearing out slowly"]
    cases = [{"text": text, "ids": ids, "mask": mask}
             for text in odd + [text for text, _ in evaluation[:40]] for ids, mask in [encode(text, vocabulary)]]
    (out / "expected.json").write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
