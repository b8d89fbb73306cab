// Signed notes: a text that is taken is the only one with its meaning, and nobody's signature is found on it who didn't
// sign.
#include <filesystem>

#include "ledger/store/proof/signed_checkpoint.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"
#include "tests/store/scratch.hpp"

namespace giro::fuzz {
namespace {

store::SigningKey new_key() {
  const test::ScratchFolder folder;
  return std::move(store::SigningKey::make(folder.path() / "key").value());
}

}  // namespace

void fuzz_checkpoints(std::string_view bytes) {
  static const store::SigningKey key = new_key();
  const auto note = store::parse_checkpoint(bytes);
  if (!note) {
    require(!note.error().empty(), "what is wrong is said");
    return;
  }
  require(store::is_ledger_name(note->name) && note->text == bytes, "a note is kept as it is");
  require(!store::is_signed_by(*note, key.public_key()), "who didn't sign has no signature");
  const store::SignedCheckpoint own = store::sign_checkpoint(note->name, note->point, key);
  const std::string_view body = bytes.substr(0, bytes.find("\n\n"));
  require(own.text.substr(0, own.text.find("\n\n")) == body,
          "a text is the only one with its meaning");
  const auto again = store::parse_checkpoint(own.text);
  require(again && store::is_signed_by(*again, key.public_key()), "who signed has a signature");
  require(store::difference(again->point, note->point).empty(), "a point is read as it is written");
}

}  // namespace giro::fuzz
