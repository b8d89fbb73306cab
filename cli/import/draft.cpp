#include "cli/import/draft.hpp"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "ledger/command/request.hpp"

namespace giro::cli {
namespace {

// Appends `"name":"text",`. False: control characters, or no UTF-8.
bool append_text(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return true;
  if (!is_plain_text(text)) return false;
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
  out += ',';
  return true;
}

bool append_leg(std::string& out, const DraftLeg& leg) {
  if (!append_text(out, "from", leg.from) || !append_text(out, "to", leg.to)) return false;
  out += fmt::format(R"("amount":{},)", leg.amount);
  return append_text(out, "currency", leg.currency);
}

bool append_legs(std::string& out, const std::vector<DraftLeg>& legs) {
  if (legs.size() == 1) return append_leg(out, legs.front());
  out += R"("legs":[)";
  for (const DraftLeg& leg : legs) {
    out += '{';
    if (!append_leg(out, leg)) return false;
    out.back() = '}';
    out += ',';
  }
  out.back() = ']';
  out += ',';
  return true;
}

}  // namespace

std::expected<RowRequest, std::string> request_of(const Draft& draft) {
  RowRequest request{.method = {}, .params = "{"};
  std::string& out = request.params;
  bool plain = append_text(out, "key", draft.key) && append_legs(out, draft.legs);
  if (!draft.code.empty()) out += fmt::format(R"("code":{},)", draft.code);
  plain = plain && append_text(out, "reference", draft.reference) &&
          append_text(out, "description", draft.description) &&
          append_text(out, "effective_date", draft.effective_date);
  if (!plain) {
    return std::unexpected("a text isn't UTF-8, or has control characters; is the encoding right?");
  }
  out.back() = '}';
  return request;
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += fmt::format("{}:{},", word.size(), word);
  return joined;
}

std::expected<std::string, std::string> DerivedKeys::key_of(std::string_view words) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(words.data()), words.size(), digest.data());
  constexpr std::size_t kBytesOfKey = 12;
  std::string key = prefix_;
  for (std::size_t i = 0; i < kBytesOfKey; ++i) key += fmt::format("{:02x}", digest[i]);
  // Two records with one fingerprint count as equal ones: their keys differ all the same.
  std::uint64_t fingerprint = 0;
  std::memcpy(&fingerprint, digest.data(), sizeof fingerprint);
  if (times_.size() == kRecordsMax && !times_.contains(fingerprint)) {
    return std::unexpected(fmt::format(
        "more than {} records without a key of their own, too many to tell equal ones apart: "
        "import the file in parts, or name columns that make a key",
        kRecordsMax));
  }
  const std::uint32_t times = ++times_[fingerprint];
  if (times > 1) key += fmt::format(":{}", times);
  return key;
}

}  // namespace giro::cli
