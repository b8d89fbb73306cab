#include "cli/iso20022/message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/timestamp.hpp"

namespace giro::cli {

Result<std::string> message_of(const std::string& path) {
  if (path == "-") {
    return usage_failure("a message in XML is read twice, so it can't come from stdin",
                         "Write it to a file first.");
  }
  auto bytes = ByteSource::open(path);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  XmlRecords records(std::move(*bytes), {"Document"});
  const auto first = records.next(true);
  if (!first) return std::unexpected(first.error());
  // "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
  const std::string& space = records.name_space();
  const std::string_view message = std::string_view(space).substr(space.rfind(':') + 1);
  constexpr std::size_t kNameBytes = std::string_view("pain.001").size();
  return std::string(message.substr(0, kNameBytes));
}

std::string account_in(const XmlNode& node, std::string_view path) {
  const XmlNode* account = find(node, path);
  if (account == nullptr) return {};
  std::string id = text_at(*account, "Id/IBAN");
  if (id.empty()) id = text_at(*account, "Id/Othr/Id");
  std::erase(id, ' ');
  return id;
}

std::string date_in(const XmlNode& node, std::string_view path) {
  const XmlNode* date = find(node, path);
  if (date == nullptr) return {};
  std::string text = date->text;
  for (const char* child : {"Dt", "DtTm"}) {
    if (text.empty()) text = text_at(*date, child);
  }
  text.resize(std::min(text.size(), kDateBytes));
  return parse_date(text) ? text : std::string();
}

}  // namespace giro::cli
