#include "ledger/entry/names.hpp"

#include <algorithm>

namespace giro {

std::string_view type_of(const Entry& entry) {
  if (const auto* change = std::get_if<std::unique_ptr<AccountChangeBody>>(&entry.body)) {
    return kChangeTypes[static_cast<std::size_t>((*change)->action)];
  }
  if (const auto* books = std::get_if<std::unique_ptr<BooksBody>>(&entry.body)) {
    return kBooksTypes[static_cast<std::size_t>((*books)->action)];
  }
  return names_of(entry.kind()).type;
}

std::string_view status_of(const Entry& entry) {
  return entry.applied() ? names_of(entry.kind()).status : kRejectedStatus;
}

bool is_type(std::string_view name) {
  return std::ranges::find(kKindNames, name, &KindNames::type) != kKindNames.end() ||
         std::ranges::find(kChangeTypes, name) != kChangeTypes.end() ||
         std::ranges::find(kBooksTypes, name) != kBooksTypes.end();
}

bool is_status(std::string_view name) {
  return name == kRejectedStatus ||
         std::ranges::find(kKindNames, name, &KindNames::status) != kKindNames.end();
}

}  // namespace giro
