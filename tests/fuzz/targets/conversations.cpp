// Lines of JSON-RPC and HTTP, as a client that may send anything sends them.
#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "session/http/request_reader.hpp"
#include "tests/fuzz/targets/desk.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

// Small, so that few bytes come to the bounds.
Limits few() {
  Limits limits;
  limits.window = 4;
  return limits;
}

struct Heard {
  std::string text;
  Session::Ending ending = Session::Ending::none;
};

// All that a client hears who sends this, in two pieces where `cut` lies within, and then says that it was all.
Heard converse(std::string_view bytes, std::size_t cut) {
  test::Room room(few());
  Desk desk(room);
  Heard heard;
  {
    test::ByteClient client(room);
    client.send(bytes.substr(0, cut));
    client.send(bytes.substr(cut));
    const auto settle = [&] {
      do {
        require(client.session().slots().weight() <= room.info.limits.window + kGroupMax.items,
                "the window bounds what is undecided");
      } while (desk.serve());
    };
    settle();
    client.end_input();
    settle();
    heard = {.text = client.take(), .ending = client.session().ending()};
    require(client.session().is_idle(), "all that was asked is answered");
    client.hang_up();
  }
  for (std::size_t bound = 0; bound < kBounds; ++bound) {
    room.shares.for_each_user(static_cast<Bound>(bound), [](std::uint32_t, std::uint64_t held) {
      require(held == 0, "who is gone holds nothing of what all share");
    });
  }
  return heard;
}

// Another byte for other bytes.
std::size_t cut_of(std::string_view bytes) {
  std::size_t sum = 0;
  for (const char byte : bytes) sum = sum * 31 + static_cast<unsigned char>(byte);
  return sum % (bytes.size() + 1);
}

std::string_view take_line(std::string_view& text, std::string_view end) {
  const std::size_t found = text.find(end);
  require(found != std::string_view::npos, "what is sent is whole lines");
  const std::string_view line = text.substr(0, found);
  text.remove_prefix(found + end.size());
  return line;
}

bool is_json(std::string_view text) {
  boost::json::error_code error;
  boost::json::parse_options lenient;  // Of depth alone: replies nest deeper than requests may.
  lenient.max_depth = 64;
  boost::json::parse(text, error, {}, lenient);
  return !error;
}

// Takes out what lies between `begin` and the end that follows it, both included.
void erase_each(std::string& text, std::string_view begin, std::string_view end) {
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    text.erase(at, text.find(end, at) + end.size() - at);
  }
}

// What doesn't depend on the system's clock, nor on when the bytes came: a client that sent its body already needs no
// word to go on.
std::string essence_of(std::string answers) {
  erase_each(answers, "Date: ", "\r\n");
  erase_each(answers, "HTTP/1.1 100 ", "\r\n\r\n");
  return answers;
}

// The value of a header's line; empty: there is none.
std::string_view header_of(std::string_view head, std::string_view name) {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return {};
  const std::string_view value = head.substr(at + name.size() + 4);
  return value.substr(0, value.find("\r\n"));
}

std::size_t number_of(std::string_view digits, int base) {
  std::size_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  require(read.ec == std::errc() && read.ptr == digits.data() + digits.size(),
          "a length is a number");
  return number;
}

std::string take_chunks(std::string_view& text, bool may_be_cut) {
  std::string body;
  while (!(may_be_cut && text.empty())) {
    const std::size_t size = number_of(take_line(text, "\r\n"), 16);
    require(text.size() >= size + 2 && text.substr(size, 2) == "\r\n",
            "a chunk is as long as it says");
    body += text.substr(0, size);
    text.remove_prefix(size + 2);
    if (size == 0) break;
  }
  return body;
}

// One answer of HTTP, which `text` begins with, taken off it.
void take_answer(std::string_view& text) {
  require(text.starts_with("HTTP/1.1 "), "an answer begins with its version");
  const std::size_t status = number_of(text.substr(9, 3), 10);
  const std::string_view head = text.substr(0, text.find("\r\n\r\n"));
  take_line(text, "\r\n\r\n");
  if (status == 100) return;
  const std::string_view type = header_of(head, "Content-Type");
  std::string body;
  if (const std::string_view length = header_of(head, "Content-Length"); !length.empty()) {
    const std::size_t size = number_of(length, 10);
    require(text.size() >= size, "a body is as long as it says");
    body = text.substr(0, size);
    text.remove_prefix(size);
  } else if (header_of(head, "Transfer-Encoding") == "chunked") {
    body = take_chunks(text, type.starts_with("text/event-stream"));
  } else {
    body = text;  // Of a client that knows no chunks: up to the end.
    text = {};
  }
  if (type.find("json") != std::string_view::npos && !body.empty()) {
    require(is_json(body), "a body is the JSON that it says it is");
  }
}

// A head that never ends may be refused, or waited for: Beast's parser tells sooner that it is malformed where more of it
// comes at once.
bool differ_by_a_refusal(std::string_view longer, std::string_view shorter) {
  return longer.starts_with(shorter) &&
         longer.substr(shorter.size()).starts_with("HTTP/1.1 400 Bad Request\r\n");
}

}  // namespace

void fuzz_session(std::string_view bytes) {
  if (http::is_http(bytes).value_or(false)) return;  // fuzz_http()'s.
  const Heard heard = converse(bytes, bytes.size());
  const auto lines_sent = static_cast<std::size_t>(std::ranges::count(bytes, '\n')) + 1;
  std::size_t replies = 0;
  for (std::string_view text = heard.text; !text.empty();) {
    const std::string_view line = take_line(text, "\n");
    require(is_json(line), "each line that is sent is JSON: " + std::string(line));
    if (line.find(R"("method":)") == std::string_view::npos) ++replies;
  }
  require(replies <= lines_sent, "a line has one reply at most");
  require(heard.ending == Session::Ending::complete || heard.ending == Session::Ending::refused,
          "a conversation ends");
  require(converse(bytes, cut_of(bytes)).text == heard.text,
          "replies are the same in whatever pieces the bytes come");
}

void fuzz_http(std::string_view bytes) {
  if (!http::is_http(bytes).value_or(false)) return;  // fuzz_session()'s.
  const Heard heard = converse(bytes, bytes.size());
  for (std::string_view text = heard.text; !text.empty();) take_answer(text);
  const std::string whole = essence_of(heard.text);
  const std::string in_pieces = essence_of(converse(bytes, cut_of(bytes)).text);
  const bool same = in_pieces == whole || differ_by_a_refusal(whole, in_pieces) ||
                    differ_by_a_refusal(in_pieces, whole);
  require(same, "answers are the same in whatever pieces the bytes come:\n" + whole +
                    "\nand in pieces:\n" + in_pieces);
}

}  // namespace giro::fuzz
