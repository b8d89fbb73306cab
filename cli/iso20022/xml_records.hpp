// A message of ISO 20022 as the pieces that it is made of, one after the other, with memory for one of them.
//
// What always holds:
//   - No DTD is read, so no entity is ever expanded or fetched; depth, a tag's length and a piece's size have bounds.
//   - A document that ends too early, or isn't well-formed, is a failure with its line, never an end.
// Thread: the main one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failure.hpp"
#include "cli/submit/byte_source.hpp"

struct XML_ParserStruct;

namespace giro::cli {

struct XmlNode {
  std::string name;  // Without its namespace.
  std::string text;  // Without blanks at its ends.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlNode> children;
  std::uint64_t line = 0;
};

// The first one at this path of names, such as "PmtId/EndToEndId"; null: there is none. An empty path is the node.
[[nodiscard]] const XmlNode* find(const XmlNode& node, std::string_view path);
// Its text; empty where there is none.
[[nodiscard]] std::string text_at(const XmlNode& node, std::string_view path);
[[nodiscard]] std::string attribute_at(const XmlNode& node, std::string_view path,
                                       std::string_view name);

class XmlRecords {
 public:
  static constexpr std::size_t kDepthMax = 64;
  static constexpr std::size_t kTagBytesMax = std::size_t{1} << 20;
  static constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;

  // `containers`: elements that are never whole in memory. What lies directly in one of them, and is none itself, is a
  // record.
  XmlRecords(ByteSource bytes, std::vector<std::string> containers);
  XmlRecords(const XmlRecords&) = delete;
  XmlRecords& operator=(const XmlRecords&) = delete;
  ~XmlRecords();

  struct Event {
    enum class Kind { begin, record, end };  // begin and end: of a container.
    Kind kind = Kind::record;
    std::string container;  // The one that lies around a record.
    XmlNode node;           // A container has its name and line.
  };
  // Nothing: the end of a document that was whole, or where not `may_wait` none for now.
  [[nodiscard]] Result<std::optional<Event>> next(bool may_wait);
  [[nodiscard]] bool at_end() const { return ended_ && events_.empty(); }

  // Of the root, once something was read: "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03".
  [[nodiscard]] const std::string& name_space() const { return name_space_; }
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] const ByteSource& bytes() const { return bytes_; }

 private:
  struct Calls;  // What expat calls.

  [[nodiscard]] Result<void> parse_more();
  [[nodiscard]] std::unexpected<Failure> broken(std::string_view what) const;
  void begin(std::string_view name, const char** attributes);
  void end();
  void add_text(std::string_view text);
  // Stops the parser, for a reason that is ours.
  void refuse(std::string what);

  ByteSource bytes_;
  std::vector<std::string> containers_;
  std::unique_ptr<XML_ParserStruct, void (*)(XML_ParserStruct*)> parser_;
  std::string name_space_;
  std::vector<std::string> open_containers_;
  std::vector<XmlNode>
      open_nodes_;  // Of the record in the making, from its root to where the parser is.
  std::size_t record_bytes_ = 0;
  std::deque<Event> events_;
  std::string refusal_;
  std::uint64_t refused_line_ = 0;
  std::uint64_t fed_ = 0;
  std::uint64_t line_ = 1;
  bool ended_ = false;
};

using XmlEventKind = XmlRecords::Event::Kind;

}  // namespace giro::cli
