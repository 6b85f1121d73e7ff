"""Two tiny language models with random weights: `python tiny_models.py DIR`.

Writes `DIR/tiny.gguf` for llama.cpp and the folder `DIR/tiny` for transformers. Both have the
architecture of Llama, two layers, and a vocabulary of single characters; what they say is noise.
"""

import sys
from pathlib import Path
from typing import Any

import gguf  # type: ignore[import-not-found]  # lives in its own environment
import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

WIDTH, HIDDEN, LAYERS, HEADS = 64, 128, 2, 4
CONTEXT = 4096
TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>"
    "{% endfor %}<s>assistant\n"
)
SPECIAL = ("<unk>", "<s>", "</s>")


def main() -> None:
    """Write both."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write_gguf(folder / "tiny.gguf")
    write_transformers(folder / "tiny")


def write_gguf(file: Path) -> None:
    """A model as llama.cpp reads it."""
    characters = [chr(code) for code in range(33, 127)]
    tokens = [*SPECIAL, *(f"<0x{code:02X}>" for code in range(256)), "\N{LOWER ONE EIGHTH BLOCK}"]
    tokens += characters
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * (1 + len(characters))
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    for name, values in _weights(len(tokens)).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(vocabulary: int) -> dict[str, "np.ndarray[Any, np.dtype[np.float32]]"]:
    chance = np.random.default_rng(0)

    def drawn(*shape: int) -> "np.ndarray[Any, np.dtype[np.float32]]":
        return chance.normal(0, 0.02, shape).astype(np.float32)

    ones = np.ones(WIDTH, dtype=np.float32)
    found = {"token_embd.weight": drawn(vocabulary, WIDTH), "output_norm.weight": ones}
    found["output.weight"] = drawn(vocabulary, WIDTH)
    for layer in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{layer}.{part}.weight"] = drawn(WIDTH, WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            found[f"blk.{layer}.{part}.weight"] = drawn(HIDDEN, WIDTH)
        found[f"blk.{layer}.ffn_down.weight"] = drawn(WIDTH, HIDDEN)
        found |= {f"blk.{layer}.{part}.weight": ones for part in ("attn_norm", "ffn_norm")}
    return found


def write_transformers(folder: Path) -> None:
    """A model as transformers reads it."""
    torch.manual_seed(0)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *alphabet])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token=SPECIAL[0]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        intermediate_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


if __name__ == "__main__":
    main()
