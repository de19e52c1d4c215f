//! Where the tensors of transformers' `CLIPModel` are in a file that open_clip wrote.

/// How much of a stored tensor one of transformers is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TensorPart {
    /// All of it.
    Whole,
    /// The first, second or last third of its rows (0, 1 or 2): queries, keys and values lie one below the other.
    Third(usize),
    /// All of it, with rows and columns exchanged.
    Transposed,
}

/// The names that open_clip gives to the tensors of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TensorNames {
    /// What stands before the names of the text tower: nothing, or `text.` where the model is a `CustomTextCLIP`.
    text: &'static str,
}

impl TensorNames {
    /// The names in a file that has the tensors for which `has` is true.
    pub(crate) fn of(has: impl Fn(&str) -> bool) -> Self {
        Self { text: if has("text.token_embedding.weight") { "text." } else { "" } }
    }

    /// The stored tensor that holds the one which transformers calls `name`, and how much of it that is; none if there is
    /// no such tensor.
    pub(crate) fn locate(self, name: &str) -> Option<(String, TensorPart)> {
        let (tower, rest) = if let Some(rest) = name.strip_prefix("vision_model.") {
            ("visual.", rest)
        } else if let Some(rest) = name.strip_prefix("text_model.") {
            (self.text, rest)
        } else {
            return match name {
                "visual_projection.weight" => Some(("visual.proj".into(), TensorPart::Transposed)),
                "text_projection.weight" => {
                    Some((format!("{}text_projection", self.text), TensorPart::Transposed))
                }
                _ => None,
            };
        };
        if let Some((number, rest)) =
            rest.strip_prefix("encoder.layers.").and_then(|rest| rest.split_once('.'))
        {
            let (name, part) = in_block(rest)?;
            return Some((format!("{tower}transformer.resblocks.{number}.{name}"), part));
        }
        let (module, kind) = rest.rsplit_once('.').unwrap_or(("", rest));
        let name = match (module, kind) {
            ("embeddings", "class_embedding") => "class_embedding".to_owned(),
            ("embeddings.patch_embedding", kind) => format!("conv1.{kind}"),
            ("embeddings.token_embedding", kind) => format!("token_embedding.{kind}"),
            ("embeddings.position_embedding", "weight") => "positional_embedding".to_owned(),
            ("pre_layrnorm", kind) => format!("ln_pre.{kind}"),
            ("post_layernorm", kind) => format!("ln_post.{kind}"),
            ("final_layer_norm", kind) => format!("ln_final.{kind}"),
            _ => return None,
        };
        Some((format!("{tower}{name}"), TensorPart::Whole))
    }
}

/// As [`TensorNames::locate`], within a transformer's block.
fn in_block(name: &str) -> Option<(String, TensorPart)> {
    let (module, kind) = name.rsplit_once('.')?;
    let third = |third| Some((format!("attn.in_proj_{kind}"), TensorPart::Third(third)));
    let module = match module {
        "self_attn.q_proj" => return third(0),
        "self_attn.k_proj" => return third(1),
        "self_attn.v_proj" => return third(2),
        "self_attn.out_proj" => "attn.out_proj",
        "layer_norm1" => "ln_1",
        "layer_norm2" => "ln_2",
        "mlp.fc1" => "mlp.c_fc",
        "mlp.fc2" => "mlp.c_proj",
        _ => return None,
    };
    Some((format!("{module}.{kind}"), TensorPart::Whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_open_clip() {
        let plain = TensorNames::of(|_| false);
        let custom = TensorNames::of(|name| name == "text.token_embedding.weight");
        for (name, stored, part) in [
            ("vision_model.embeddings.class_embedding", "visual.class_embedding", TensorPart::Whole),
            ("vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight", TensorPart::Whole),
            ("vision_model.pre_layrnorm.bias", "visual.ln_pre.bias", TensorPart::Whole),
            ("visual_projection.weight", "visual.proj", TensorPart::Transposed),
            (
                "vision_model.encoder.layers.11.self_attn.k_proj.bias",
                "visual.transformer.resblocks.11.attn.in_proj_bias",
                TensorPart::Third(1),
            ),
            (
                "vision_model.encoder.layers.0.mlp.fc2.weight",
                "visual.transformer.resblocks.0.mlp.c_proj.weight",
                TensorPart::Whole,
            ),
        ] {
            assert_eq!(plain.locate(name), Some((stored.to_owned(), part)));
            assert_eq!(custom.locate(name), Some((stored.to_owned(), part)));
        }
        for (name, stored, part) in [
            ("text_model.embeddings.token_embedding.weight", "token_embedding.weight", TensorPart::Whole),
            ("text_model.embeddings.position_embedding.weight", "positional_embedding", TensorPart::Whole),
            ("text_model.final_layer_norm.weight", "ln_final.weight", TensorPart::Whole),
            ("text_projection.weight", "text_projection", TensorPart::Transposed),
            (
                "text_model.encoder.layers.3.layer_norm2.weight",
                "transformer.resblocks.3.ln_2.weight",
                TensorPart::Whole,
            ),
        ] {
            assert_eq!(plain.locate(name), Some((stored.to_owned(), part)));
            assert_eq!(custom.locate(name), Some((format!("text.{stored}"), part)));
        }
        assert_eq!(plain.locate("logit_scale"), None);
    }
}
