// docs/PROTOCOL.md says what the daemon says: its examples are sent in their order to a fresh daemon,
// and the answers must be the ones on the page. Only what can't be the same everywhere is compared by
// its shape: times, and what the daemon is and has. Where the page has "...", or ["..."], it leaves out
// what may be anything.
#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/timestamp.hpp"
#include "tests/daemon/daemon_process.hpp"

namespace giro::test {
namespace {

namespace json = boost::json;

struct Example {
  int line = 0;
  bool sent = false;
  std::string text;
};

std::vector<Example> examples() {
  std::ifstream page(std::string(GIRO_TEST_SOURCE_DIR) + "/docs/PROTOCOL.md");
  std::vector<Example> found;
  std::string text;
  for (int line = 1; std::getline(page, text); ++line) {
    if (text.starts_with("    -> ")) found.push_back({line, true, text.substr(7)});
    if (text.starts_with("    <- ")) found.push_back({line, false, text.substr(7)});
  }
  return found;
}

constexpr auto kNumbersOfARun = std::to_array<std::string_view>(
    {"uid", "pid", "commits", "ledger_bytes", "wal_bytes", "uptime_s"});
constexpr auto kTextsOfARun =
    std::to_array<std::string_view>({"head_digest", "version", "sqlite", "data"});

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Replaces what differs from run to run, once its shape is right.
void mask(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& item : *array) mask(item);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  for (auto& [name, item] : *object) {
    const bool time = name == "at" && item.is_string() &&
                      item.as_string().size() == kRfc3339Bytes &&
                      parse_rfc3339(std::string(item.as_string())).has_value();
    const bool number = is_one_of(kNumbersOfARun, name) && item.is_int64();
    const bool text = is_one_of(kTextsOfARun, name) && item.is_string();
    if (time || number || text) {
      item = "masked";
    } else {
      mask(item);
    }
  }
}

// Leaves out of an answer what the page leaves out.
void elide(const json::value& page, json::value& answer) {
  static const json::value kAny = "...";
  if (page == kAny || page == json::array{kAny}) {
    answer = page;
  } else if (page.is_object() && answer.is_object()) {
    for (auto& [name, item] : answer.as_object()) {
      if (const json::value* shown = page.as_object().if_contains(name)) elide(*shown, item);
    }
  }
}

json::value masked(const std::string& text) {
  json::value value = json::parse(text);
  mask(value);
  return value;
}

TEST(ProtocolPage, ShowsWhatTheDaemonAnswers) {
  const ScratchFolder folder;
  const DaemonProcess daemon(folder.path());
  RawConnection connection(daemon.socket());
  int answers = 0;
  for (const Example& example : examples()) {
    SCOPED_TRACE("docs/PROTOCOL.md:" + std::to_string(example.line));
    if (example.sent) {
      ASSERT_TRUE(connection.send(example.text + "\n"));
      continue;
    }
    const std::string line = connection.read_line();
    ASSERT_FALSE(line.empty()) << "no answer";
    json::value answer = masked(line);
    const json::value page = masked(example.text);
    elide(page, answer);
    EXPECT_EQ(answer, page);
    ++answers;
  }
  EXPECT_GT(answers, 15) << "the page lost its examples";
}

}  // namespace
}  // namespace giro::test
