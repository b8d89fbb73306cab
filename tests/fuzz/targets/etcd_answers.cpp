// What etcd answers: its messages, their frames, and HTTP/2 around them. Of any bytes that come, what is taken is within
// the limits, and each call ends once at most.
#include <algorithm>
#include <set>
#include <vector>

#include "queue/etcd/failure.hpp"
#include "queue/etcd/grpc_session.hpp"
#include "queue/etcd/message_framer.hpp"
#include "queue/etcd/messages.hpp"
#include "tests/fuzz/targets/promise.hpp"
#include "tests/fuzz/targets/targets.hpp"

namespace giro::fuzz {
namespace {

constexpr std::size_t kAnswerBytesMax = 1'000;

// How many bytes of the answer's are text, and how many parts it has.
struct Taken {
  std::size_t bytes = 0;
  std::size_t parts = 0;

  void add(const std::string& text) {
    bytes += text.size();
    ++parts;
  }
  void add(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) add(text);
  }
  void add(const etcd::RangeAnswer& range) {
    for (const etcd::KeyValue& one : range.key_values) {
      add(one.key);
      add(one.value);
    }
  }
  void add(const etcd::TxnAnswer& txn) {
    require(txn.results.size() <= etcd::kResultsMax, "results are bounded");
    for (const auto& result : txn.results) {
      ++parts;
      if (const auto* range = std::get_if<etcd::RangeAnswer>(&result)) add(*range);
    }
  }
  void add(const etcd::StatusAnswer& status) {
    add(status.version);
    add(status.errors);
  }
  void add(const etcd::AlarmAnswer& answer) { parts += answer.alarms.size(); }
  void add(const etcd::MemberListAnswer& answer) {
    require(answer.members.size() <= etcd::kMembersMax, "members are bounded");
    for (const etcd::Member& member : answer.members) {
      add(member.name);
      add(member.peer_urls);
      add(member.client_urls);
    }
  }
  template <class Other>
  void add(const Other& /*has no texts*/) {}
};

void read_message(std::size_t index, std::string_view bytes) {
  if (index == std::variant_size_v<etcd::Answer>) {
    const auto answer = etcd::read_watch_answer(bytes);
    require(!answer || answer->reason.size() <= etcd::kTextBytesMax, "a reason is bounded");
    return;
  }
  const auto answer = etcd::read_answer(index, bytes);
  if (!answer) return;
  require(answer->index() == index, "an answer is its request's");
  Taken taken;
  std::visit([&taken](const auto& one) { taken.add(one); }, *answer);
  // Each has a tag and a length, and a value of a key two.
  require(taken.bytes <= bytes.size() && taken.parts <= bytes.size() + 1,
          "an answer has no more than its bytes");
}

std::vector<std::string> messages_of(std::string_view bytes, std::size_t piece_bytes) {
  etcd::MessageFramer framer(kAnswerBytesMax);
  std::vector<std::string> messages;
  while (!bytes.empty() && framer.damage() == etcd::MessageFramer::Damage::none) {
    std::string_view piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    while (auto message = framer.take(piece)) messages.push_back(*std::move(message));
  }
  return messages;
}

void read_frames(std::string_view bytes) {
  const auto messages = messages_of(bytes, bytes.size());
  require(std::ranges::all_of(
              messages, [](const auto& message) { return message.size() <= kAnswerBytesMax; }),
          "messages are bounded");
  for (const std::size_t piece : {1U, 2U, 7U}) {
    require(messages_of(bytes, piece) == messages,
            "messages are the same however their bytes are cut");
  }
}

// All that a server of these bytes brings about, with a call and a watch open.
void converse(std::string_view bytes) {
  etcd::GrpcSession session({.answer_bytes_max = kAnswerBytesMax});
  const std::string body("\0\0\0\0\0", 5);
  std::set<etcd::StreamId> open{
      session.open({.path = "/etcdserverpb.KV/Txn", .body = body}),
      session.open({.path = etcd::kWatchPath, .body = body, .stays_open = true})};
  for (bool usable = true; usable && !bytes.empty();) {
    session.wrote(session.output().size());
    const std::string_view piece = bytes.substr(0, 64);
    bytes.remove_prefix(piece.size());
    usable = session.receive(piece);
    require(usable || !session.error().empty(), "what is wrong is said");
    for (const etcd::StreamEvent& event : session.take_events()) {
      if (const auto* message = std::get_if<etcd::StreamMessage>(&event)) {
        require(open.contains(message->stream), "nothing comes on a stream that has ended");
        require(message->bytes.size() <= kAnswerBytesMax, "messages are bounded");
      } else {
        require(open.erase(std::get<etcd::StreamEnd>(event).stream) == 1, "a stream ends once");
      }
    }
  }
  for (const etcd::StreamId stream : open) (void)session.departure(stream);
}

void read_status(std::string_view bytes) {
  (void)etcd::name_of(etcd::code_of(bytes));
  require(etcd::message_of(bytes).size() <= bytes.size(),
          "a message isn't longer than it is written");
}

}  // namespace

// The first byte chooses the reader.
void fuzz_etcd_answers(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto reader = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  switch (reader) {
    case 'f':
      return read_frames(bytes);
    case 'h':
      return converse(bytes);
    case 's':
      return read_status(bytes);
    default:
      return read_message(reader % (std::variant_size_v<etcd::Answer> + 1), bytes);
  }
}

}  // namespace giro::fuzz
