#include "cli/iso20022/xml_records.hpp"

#include <algorithm>
#include <utility>

#include <expat.h>
#include <fmt/format.h>

#include "cli/import/bank_text.hpp"

namespace giro::cli {
namespace {

constexpr char kSeparator = ' ';  // Between a namespace and a name; no name has one.

std::string_view local_name(std::string_view name) {
  return name.substr(name.rfind(kSeparator) + 1);
}

}  // namespace

const XmlNode* find(const XmlNode& node, std::string_view path) {
  const XmlNode* at = &node;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const auto child =
        std::ranges::find(at->children, path.substr(0, end),
                          [](const XmlNode& each) { return std::string_view(each.name); });
    if (child == at->children.end()) return nullptr;
    at = &*child;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return at;
}

std::string text_at(const XmlNode& node, std::string_view path) {
  const XmlNode* found = find(node, path);
  return found == nullptr ? std::string() : found->text;
}

std::string attribute_at(const XmlNode& node, std::string_view path, std::string_view name) {
  const XmlNode* found = find(node, path);
  if (found == nullptr) return {};
  for (const auto& [attribute, value] : found->attributes) {
    if (attribute == name) return value;
  }
  return {};
}

// Expat's handlers: nothing may be thrown through it, and nothing here throws but for want of memory.
struct XmlRecords::Calls {
  static XmlRecords& self(void* data) { return *static_cast<XmlRecords*>(data); }

  static void XMLCALL begin(void* data, const XML_Char* name, const XML_Char** attributes) {
    self(data).begin(name, attributes);
  }
  static void XMLCALL end(void* data, const XML_Char* /*name*/) { self(data).end(); }
  static void XMLCALL text(void* data, const XML_Char* text, int length) {
    self(data).add_text({text, static_cast<std::size_t>(length)});
  }
  static void XMLCALL doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                              const XML_Char* /*public_id*/, int /*has_subset*/) {
    self(data).refuse(
        "a document type (<!DOCTYPE>), which no message of ISO 20022 has, and which could make "
        "much of little or read other files");
  }
};

XmlRecords::XmlRecords(ByteSource bytes, std::vector<std::string> containers)
    : bytes_(std::move(bytes)),
      containers_(std::move(containers)),
      parser_(XML_ParserCreateNS(nullptr, kSeparator), XML_ParserFree) {
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(parser_.get(), Calls::begin, Calls::end);
  XML_SetCharacterDataHandler(parser_.get(), Calls::text);
  XML_SetStartDoctypeDeclHandler(parser_.get(), Calls::doctype);
}

XmlRecords::~XmlRecords() = default;

Result<std::optional<XmlRecords::Event>> XmlRecords::next(bool may_wait) {
  while (events_.empty()) {
    if (ended_) return std::nullopt;
    if (!may_wait && bytes_.would_wait()) return std::nullopt;
    if (auto filled = bytes_.fill(); !filled) return std::unexpected(std::move(filled).error());
    if (auto parsed = parse_more(); !parsed) return std::unexpected(std::move(parsed).error());
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  line_ = event.node.line;
  return event;
}

// A piece at a time: what expat makes of it waits in events_.
Result<void> XmlRecords::parse_more() {
  constexpr std::size_t kPiece = std::size_t{16} << 10;
  const std::string_view piece = bytes_.view();
  XML_Parser parser = parser_.get();
  std::size_t at = 0;
  do {
    const std::size_t length = std::min(kPiece, piece.size() - at);
    const bool last = bytes_.at_end() && at + length == piece.size();
    const XML_Status status =
        XML_Parse(parser, piece.data() + at, static_cast<int>(length), last ? 1 : 0);
    if (!refusal_.empty()) return broken(refusal_);
    if (status != XML_STATUS_OK) {
      refused_line_ = XML_GetCurrentLineNumber(parser);
      const bool early = XML_GetErrorCode(parser) == XML_ERROR_NO_ELEMENTS ||
                         XML_GetErrorCode(parser) == XML_ERROR_UNCLOSED_TOKEN;
      return broken(last && (early || !open_containers_.empty() || !open_nodes_.empty())
                        ? fmt::format("the document ends before it is whole ({})",
                                      XML_ErrorString(XML_GetErrorCode(parser)))
                        : XML_ErrorString(XML_GetErrorCode(parser)));
    }
    at += length;
    fed_ += length;
    // What expat can't make anything of yet, it keeps: a tag without its end.
    const auto used =
        static_cast<std::uint64_t>(std::max<XML_Index>(0, XML_GetCurrentByteIndex(parser)));
    if (!last && fed_ > used && fed_ - used > kTagBytesMax) {
      refused_line_ = XML_GetCurrentLineNumber(parser);
      return broken(fmt::format("a tag of more than {} bytes", kTagBytesMax));
    }
    ended_ = last;
  } while (at < piece.size());
  bytes_.consume(piece.size());
  return {};
}

std::unexpected<Failure> XmlRecords::broken(std::string_view what) const {
  return usage_failure(
      fmt::format("line {}: {}", refused_line_, what),
      "Get the file anew from where it came from: it isn't whole, or was changed.");
}

void XmlRecords::refuse(std::string what) {
  if (!refusal_.empty()) return;
  refused_line_ = XML_GetCurrentLineNumber(parser_.get());
  refusal_ = std::move(what);
  XML_StopParser(parser_.get(), XML_FALSE);
}

void XmlRecords::begin(std::string_view name, const char** attributes) {
  if (name_space_.empty() && open_containers_.empty()) {
    const std::size_t space = name.rfind(kSeparator);
    name_space_ = space == std::string_view::npos ? "none" : std::string(name.substr(0, space));
  }
  if (open_containers_.size() + open_nodes_.size() >= kDepthMax) {
    return refuse(fmt::format("elements more than {} deep", kDepthMax));
  }
  XmlNode node{.name = std::string(local_name(name)),
               .text = {},
               .attributes = {},
               .children = {},
               .line = XML_GetCurrentLineNumber(parser_.get())};
  const bool container =
      open_nodes_.empty() && std::ranges::find(containers_, node.name) != containers_.end();
  if (container) {
    open_containers_.push_back(node.name);
    events_.push_back({Event::Kind::begin, node.name, std::move(node)});
    return;
  }
  if (open_containers_.empty()) {
    return refuse(fmt::format("the document begins with <{}>, not with <{}>", node.name,
                              containers_.front()));
  }
  for (; *attributes != nullptr; attributes += 2) {
    node.attributes.emplace_back(local_name(attributes[0]), attributes[1]);
    record_bytes_ += std::string_view(attributes[1]).size();
  }
  record_bytes_ += name.size() + sizeof(XmlNode);
  if (record_bytes_ > kRecordBytesMax) {
    return refuse(fmt::format("one piece of it has more than {} bytes", kRecordBytesMax));
  }
  open_nodes_.push_back(std::move(node));
}

void XmlRecords::end() {
  // Expat may still have the end of an element that was refused at its beginning.
  if (!refusal_.empty()) return;
  if (open_nodes_.empty()) {
    XmlNode node{.name = open_containers_.back(),
                 .text = {},
                 .attributes = {},
                 .children = {},
                 .line = XML_GetCurrentLineNumber(parser_.get())};
    open_containers_.pop_back();
    events_.push_back({Event::Kind::end, node.name, std::move(node)});
    return;
  }
  XmlNode node = std::move(open_nodes_.back());
  open_nodes_.pop_back();
  node.text = on_one_line(node.text);
  if (!open_nodes_.empty()) {
    open_nodes_.back().children.push_back(std::move(node));
    return;
  }
  record_bytes_ = 0;
  events_.push_back({Event::Kind::record, open_containers_.back(), std::move(node)});
}

void XmlRecords::add_text(std::string_view text) {
  if (open_nodes_.empty()) return;
  record_bytes_ += text.size();
  if (record_bytes_ > kRecordBytesMax) {
    return refuse(fmt::format("one piece of it has more than {} bytes", kRecordBytesMax));
  }
  open_nodes_.back().text += text;
}

}  // namespace giro::cli
