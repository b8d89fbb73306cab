#include "ledger/store/proof/signed_checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace giro::store {
namespace {

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kSignaturesMax = 64;
constexpr std::string_view kSignatureMark = "— ";

std::string body_of(const std::string& name, const LedgerPoint& point) {
  std::string text = fmt::format("{}\n{}\n{}\nat {}\ndigest {}\naccounts {}\n", name, point.seq,
                                 to_base64(point.root), format_rfc3339(point.at),
                                 to_hex(point.digest), point.accounts);
  for (const std::string& line : total_lines(point)) text += "total " + line + "\n";
  return text;
}

// --- reading: leniently, since a text counts only if it is what would be written of what was read ---

// The next line without its end; the rest stays in `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}
// Up to the next blank.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

template <class Integer>
Integer number_in(std::string_view word) {
  Integer number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

Int128 wide_number_in(std::string_view word) {
  constexpr Int128 kTooLarge = Int128{1} << 120;
  Int128 number = 0;
  for (const char digit : word) {
    if (digit < '0' || digit > '9' || number > kTooLarge) return 0;
    number = number * 10 + (digit - '0');
  }
  return number;
}

template <std::size_t kSize>
std::optional<std::array<std::uint8_t, kSize>> from_base64(std::string_view text) {
  constexpr std::size_t kBytesMax = (kSize + 2) / 3 * 3;
  std::array<std::uint8_t, kBytesMax> bytes{};
  if (text.size() != kBytesMax / 3 * 4) return std::nullopt;
  if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  std::array<std::uint8_t, kSize> out{};
  std::copy_n(bytes.begin(), kSize, out.begin());
  if (to_base64(out) != text) return std::nullopt;
  return out;
}

Digest digest_in(std::string_view hex) {
  Digest digest{};
  for (std::size_t i = 0; i < digest.size() && hex.size() == 2 * digest.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, digest[i], 16);
  }
  return digest;
}

TrialBalanceLine total_in(std::string_view line) {
  TrialBalanceLine total;
  const std::string_view code = take_word(line);
  if (code.size() <= CurrencyCode::kBytesMax) total.currency.code = CurrencyCode(code);
  total.currency.scale = number_in<int>(take_word(line));
  total.sums.accounts = number_in<std::uint64_t>(take_word(line));
  total.sums.debit = wide_number_in(take_word(line));
  total.sums.credit = wide_number_in(take_word(line));
  return total;
}

LedgerPoint point_in(std::string_view body) {
  LedgerPoint point;
  point.seq = number_in<Seq>(take_line(body));
  point.root = from_base64<sizeof(Digest)>(take_line(body)).value_or(Digest{});
  const auto value = [&body] {
    std::string_view line = take_line(body);
    take_word(line);
    return line;
  };
  point.at = parse_rfc3339(value()).value_or(Timestamp{});
  point.digest = digest_in(value());
  point.accounts = number_in<std::uint64_t>(value());
  while (!body.empty()) point.totals.push_back(total_in(value()));
  return point;
}

struct NoteSignature {
  std::string_view name;
  std::array<std::uint8_t, 4> key_id{};
  Ed25519Signature signature{};
};

// Nothing: the line is no signature. One of another kind has another length, and is nobody's.
std::optional<NoteSignature> signature_in(std::string_view line) {
  if (!line.starts_with(kSignatureMark)) return std::nullopt;
  line.remove_prefix(kSignatureMark.size());
  NoteSignature found{.name = take_word(line)};
  const auto bytes = from_base64<sizeof found.key_id + sizeof found.signature>(line);
  if (!bytes) return NoteSignature{};
  std::copy_n(bytes->begin(), found.key_id.size(), found.key_id.begin());
  std::copy(bytes->begin() + sizeof found.key_id, bytes->end(), found.signature.begin());
  return found;
}

// Of a note: the text that is signed, with its last line's end, and the lines of signatures.
struct NoteParts {
  std::string_view body;
  std::string_view signatures;
};
NoteParts parts_of(std::string_view text) {
  const std::size_t end = text.find("\n\n");
  if (end == std::string_view::npos) return {};
  return {.body = text.substr(0, end + 1), .signatures = text.substr(end + 2)};
}

// Those of the ledger itself; the others are of witnesses.
std::vector<NoteSignature> signatures_under_its_name(const SignedCheckpoint& checkpoint) {
  std::vector<NoteSignature> all;
  std::string_view lines = parts_of(checkpoint.text).signatures;
  while (!lines.empty()) {
    const auto found = signature_in(take_line(lines));
    if (found && found->name == checkpoint.name) all.push_back(*found);
  }
  return all;
}

}  // namespace

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero.
  text.resize(
      static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                               bytes.data(), static_cast<int>(bytes.size()))));
  return text;
}

bool is_ledger_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '+'; });
}

SignedCheckpoint sign_checkpoint(const std::string& name, const LedgerPoint& point,
                                 const SigningKey& key) {
  const std::string body = body_of(name, point);
  const auto id = key.public_key().id(name);
  std::vector<std::uint8_t> bytes(id.begin(), id.end());
  const Ed25519Signature signature = key.sign(body);
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return {.name = name,
          .point = point,
          .text = fmt::format("{}\n{}{} {}\n", body, kSignatureMark, name, to_base64(bytes))};
}

std::expected<SignedCheckpoint, std::string> parse_checkpoint(std::string_view text) {
  if (text.size() > kCheckpointBytesMax) return std::unexpected("it is longer than any checkpoint");
  if (text.contains('\r')) {
    return std::unexpected("a program wrote its line ends anew, as CR LF: they are signed, too");
  }
  auto [body, signatures] = parts_of(text);
  if (signatures.empty() || text.back() != '\n') {
    return std::unexpected("it ends before its signature, or is no checkpoint at all");
  }
  SignedCheckpoint checkpoint;
  std::string_view rest = body;
  checkpoint.name = take_line(rest);
  checkpoint.point = point_in(rest);
  checkpoint.text = text;
  if (!is_ledger_name(checkpoint.name) || checkpoint.point.seq == 0 ||
      body_of(checkpoint.name, checkpoint.point) != body) {
    return std::unexpected("its text isn't one that `giro checkpoint` writes");
  }
  std::size_t count = 0;
  while (!signatures.empty()) {
    if (!signature_in(take_line(signatures)) || ++count > kSignaturesMax) {
      return std::unexpected("something else than signatures stands at its end");
    }
  }
  return checkpoint;
}

bool is_signed_by(const SignedCheckpoint& checkpoint, const PublicKey& key) {
  const std::string_view body = parts_of(checkpoint.text).body;
  const auto id = key.id(checkpoint.name);
  return std::ranges::any_of(signatures_under_its_name(checkpoint), [&](const auto& found) {
    return found.key_id == id && key.holds(body, found.signature);
  });
}

bool have_one_signer(const SignedCheckpoint& one, const SignedCheckpoint& other) {
  const auto others = signatures_under_its_name(other);
  return std::ranges::any_of(signatures_under_its_name(one), [&](const auto& found) {
    return std::ranges::find(others, found.key_id, &NoteSignature::key_id) != others.end();
  });
}

std::string difference(const LedgerPoint& signed_point, const LedgerPoint& now) {
  std::vector<std::string_view> names;
  if (signed_point.root != now.root) names.emplace_back("the root of the tree over all entries");
  if (signed_point.digest != now.digest) names.emplace_back("the audit chain's digest");
  if (signed_point.at != now.at) names.emplace_back("the time of its last entry");
  if (signed_point.accounts != now.accounts) names.emplace_back("the number of accounts");
  if (total_lines(signed_point) != total_lines(now)) names.emplace_back("the totals");
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace giro::store
