#include "ledger/store/history/pages.hpp"

namespace giro::store {

std::size_t bytes_of(const Entry& entry) {
  constexpr std::size_t kPlain = 400;
  constexpr std::size_t kLeg = 200;
  std::size_t bytes = kPlain;
  if (const Legs* legs = entry.legs()) bytes += kLeg * legs->postings.size();
  bytes += kLeg * entry.requested().size();
  if (const PaymentOptions* options = entry.options()) {
    bytes += options->reference.size() + options->description.size() + options->metadata.size();
  }
  if (const OpenedAccount* opened = entry.opened()) bytes += opened->metadata.size();
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    bytes += (*change)->terms.metadata.value_or("").size();
  }
  return bytes;
}

std::string after_prefix(std::string_view prefix) {
  constexpr std::string_view kAfterAllIds = "\x7f";
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) >= 0x7F) end.pop_back();
  if (end.empty()) return std::string(kAfterAllIds);
  ++end.back();
  return end;
}

std::string successor(std::string_view text) {
  return std::string(text).append(1, '\0');
}

}  // namespace giro::store
