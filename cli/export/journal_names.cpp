#include "cli/export/journal_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace giro::cli {
namespace {

constexpr std::string_view kEmptyPart = "%";
constexpr std::array<std::string_view, 5> kRoots{"Assets", "Liabilities", "Equity", "Income",
                                                 "Expenses"};
// No id becomes it by itself: behind a `-` of ours stand two digits or one of the marks below.
constexpr std::string_view kOtherIds = "Equity:Giro-Id";
// Behind a part whose first letter isn't written as it is: `Ada` is `ada`, or with this mark `Ada`, below Giro-Id; where ids
// are beancount's own it is the other way round.
constexpr std::string_view kCapitalMark = "-U";
constexpr std::string_view kSmallMark = "-L";

std::vector<std::string_view> parts_of_name(std::string_view name) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = std::min(name.find(':'), name.size());
    parts.push_back(name.substr(0, end));
    if (end == name.size()) return parts;
    name.remove_prefix(end + 1);
  }
}

bool is_small(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_plain(char c) {
  return is_small(c) || is_capital(c) || (c >= '0' && c <= '9');
}

bool has_root(const std::vector<std::string_view>& parts) {
  return parts.size() > 1 && std::ranges::find(kRoots, parts.front()) != kRoots.end();
}

// `capitals`: parts begin with one as a rule. A first character that is no letter or digit gets a 0 before it.
std::string encoded_part(std::string_view part, bool capitals) {
  std::string out;
  std::string_view mark;
  // A 0 of its own before such a character is written as one itself, to be told apart.
  if (part.size() > 1 && part[0] == '0' && !is_plain(part[1])) {
    out = "0-30";
    part.remove_prefix(1);
  }
  for (const char c : part) {
    if (!is_plain(c)) {
      if (out.empty()) out += '0';
      out += fmt::format("-{:02X}", static_cast<unsigned char>(c));
    } else if (out.empty() && is_small(c)) {
      out += static_cast<char>(c - 'a' + 'A');
      if (capitals) mark = kSmallMark;
    } else {
      if (out.empty() && is_capital(c) && !capitals) mark = kCapitalMark;
      out += c;
    }
  }
  // An empty part: no other one is a 0 with a mark.
  if (out.empty()) return "0" + std::string(kSmallMark);
  return out.append(mark);
}

std::string decoded_part(std::string_view name, bool capitals) {
  if (name == "0-L") return {};
  bool small = !capitals;
  if (name.ends_with(kSmallMark) || name.ends_with(kCapitalMark)) {
    small = name.ends_with(kSmallMark);
    name.remove_suffix(kSmallMark.size());
  }
  std::string out;
  if (name.starts_with("0-")) name.remove_prefix(1);
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '-' && at + 2 < name.size()) {
      unsigned code = 0;
      std::from_chars(name.data() + at + 1, name.data() + at + 3, code, 16);
      out += static_cast<char>(code);
      at += 2;
    } else {
      out += at == 0 && small && is_capital(name[at]) ? static_cast<char>(name[at] - 'A' + 'a')
                                                      : name[at];
    }
  }
  return out;
}

}  // namespace

std::string ledger_name(std::string_view id) {
  std::string name;
  for (const std::string_view part : parts_of_name(id)) {
    if (!name.empty()) name += ':';
    name += part.empty() ? kEmptyPart : part;
  }
  return name;
}

std::string id_of_ledger_name(std::string_view name) {
  std::string id;
  bool first = true;
  for (const std::string_view part : parts_of_name(name)) {
    if (!std::exchange(first, false)) id += ':';
    if (part != kEmptyPart) id += part;
  }
  return id;
}

std::string beancount_name(std::string_view id) {
  const auto parts = parts_of_name(id);
  const bool own = has_root(parts);
  std::string name(own ? parts.front() : kOtherIds);
  for (std::size_t i = own ? 1 : 0; i < parts.size(); ++i) {
    name += ':';
    name += encoded_part(parts[i], own);
  }
  return name;
}

std::string id_of_beancount_name(std::string_view name) {
  const bool own = !name.starts_with(kOtherIds);
  const auto parts = parts_of_name(name);
  std::string id(own ? parts.front() : "");
  for (std::size_t i = own ? 1 : 2; i < parts.size(); ++i) {
    if (own || i > 2) id += ':';
    id += decoded_part(parts[i], own);
  }
  return id;
}

std::string ledger_commodity(std::string_view currency) {
  const bool digits = std::ranges::any_of(currency, [](char c) { return c >= '0' && c <= '9'; });
  return digits ? fmt::format("\"{}\"", currency) : std::string(currency);
}

}  // namespace giro::cli
