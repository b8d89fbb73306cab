#include "api/tables.hpp"

#include <vector>

#include <fmt/format.h>

#include "api/description.hpp"
#include "ledger/entry/names.hpp"

namespace giro::api {

std::vector<ErrorCode> all_errors() {
  std::vector<ErrorCode> all;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    all.push_back(static_cast<ErrorCode>(code));
  }
  return all;
}

json::array names_of_table(std::string_view table) {
  std::vector<std::string_view> names;
  if (table == "@types") {
    names = all_types();
  } else if (table == "@statuses") {
    names = all_statuses();
  } else {
    throw DescriptionError(fmt::format("there is no table {}", table));
  }
  json::array all;
  for (const std::string_view name : names) all.emplace_back(name);
  return all;
}

json::object schema_of_rejections() {
  json::array codes;
  json::object meanings;
  for (const Rejection code : all_rejections()) {
    codes.emplace_back(name(code));
    meanings[name(code)] = explain(code);
  }
  return {
      {"type", "string"},
      {"description", "Why a request was decided against; of several reasons the first of these"},
      {"enum", std::move(codes)},
      {"x-enum-descriptions", std::move(meanings)}};
}

json::object schema_of_errors(const std::map<std::string, std::string>& meanings) {
  json::object texts;
  std::string pattern = "^(invalid_[a-z_]+";
  for (const auto& [code, meaning] : meanings) {
    const bool is_family = code == "invalid";
    if (!is_family) pattern.append("|").append(code);
    texts[is_family ? "invalid_*" : code] = meaning;
  }
  return {{"type", "string"},
          {"description",
           "Why nothing was decided; invalid_ ends with the last name of the field's path"},
          {"pattern", pattern + ")$"},
          {"x-enum-descriptions", std::move(texts)}};
}

}  // namespace giro::api
