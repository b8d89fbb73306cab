#include "cli/iso20022/xml_records.hpp"

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace giro::cli {
namespace {

// What comes of a document: "<Doc> Doc/Head@2 </Doc> end", or why it is none.
std::string events_of(const std::string& text) {
  std::FILE* file = std::tmpfile();
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  EXPECT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  const int handle = dup(fileno(file));
  EXPECT_EQ(std::fclose(file), 0);
  std::string events;
  XmlRecords records(ByteSource(handle), {"Doc", "Part"});
  for (;;) {
    const auto next = records.next(true);
    if (!next || !*next) {
      events += next ? "end" : next.error().what;
      break;
    }
    const XmlRecords::Event& event = **next;
    if (event.kind == XmlEventKind::begin) events += "<" + event.container + "> ";
    if (event.kind == XmlEventKind::end) events += "</" + event.container + "> ";
    if (event.kind == XmlEventKind::record) {
      events +=
          event.container + "/" + event.node.name + "@" + std::to_string(event.node.line) + " ";
    }
  }
  return events;
}

TEST(XmlRecords, ComeInOrderWithTheContainersAroundThem) {
  EXPECT_EQ(events_of("<Doc>\n<Head><a/></Head>\n<Part><x/><y>\n</y></Part></Doc>"),
            "<Doc> Doc/Head@2 <Part> Part/x@3 Part/y@3 </Part> </Doc> end");
}

TEST(XmlRecords, ADocumentThatIsCutOffIsNeverWhole) {
  const std::string whole = "<Doc>\n<Head><a>1</a></Head></Doc>";
  EXPECT_TRUE(events_of(whole).ends_with("end"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(events_of(whole.substr(0, length)).find("line "), std::string::npos) << length;
  }
}

TEST(XmlRecords, WhatCouldGrowIsRefusedWithItsLine) {
  EXPECT_NE(events_of("\n<!DOCTYPE Doc><Doc/>").find("line 2: a document type"), std::string::npos);
  EXPECT_NE(events_of("<Doc>" + std::string(300, '<')).find("line 1"), std::string::npos);
  std::string deep = "<Doc>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_NE(events_of(deep).find("more than 64 deep"), std::string::npos);
  EXPECT_NE(events_of("<Doc><a x='" + std::string(3 << 20, 'y')).find("a tag of more than"),
            std::string::npos);
  EXPECT_NE(events_of("<Doc><a>" + std::string(17 << 20, 'y')).find("one piece of it"),
            std::string::npos);
  EXPECT_NE(events_of("<Other/>").find("begins with <Other>"), std::string::npos);
}

TEST(XmlNodes, AreFoundByTheirPath) {
  const XmlNode node{.name = "a",
                     .text = {},
                     .attributes = {},
                     .children = {{.name = "b",
                                   .text = {},
                                   .attributes = {},
                                   .children = {{.name = "c",
                                                 .text = "deep",
                                                 .attributes = {{"Ccy", "EUR"}},
                                                 .children = {},
                                                 .line = 3}},
                                   .line = 2}},
                     .line = 1};
  EXPECT_EQ(text_at(node, "b/c"), "deep");
  EXPECT_EQ(attribute_at(node, "b/c", "Ccy"), "EUR");
  EXPECT_EQ(find(node, "b/d"), nullptr);
  EXPECT_EQ(find(node, ""), &node);
}

}  // namespace
}  // namespace giro::cli
