// From bytes to checked payments: what the I/O thread does with what it read. The lines are those of
// `giro bench`: random keys of 32 digits, two of 10,000 accounts.
//
//   submit_line/all          one payments.submit a line: framed, parsed, read, checked
//   submit_line/frame        .. finding the line's end alone
//   submit_line/json         .. JSON text to a document alone
//   submit_line/params_and_check   .. document to checked payment alone
//   submit_many_line/all     one payments.submit_many a line, of so many payments
//
// Items are payments, bytes those of the lines. The bytes are copied into the framer's buffer, in
// place of the kernel: reading them from a socket is not in it.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/load/elements.hpp"
#include "bench/load/traffic.hpp"
#include "bench/micro/measuring.hpp"
#include "protocol/line_framer.hpp"
#include "protocol/payment_params.hpp"
#include "protocol/rpc.hpp"

namespace giro::bench {
namespace {

constexpr load::PaymentPlan kPlan{.seed = 1, .accounts = 10'000, .one_hot_account = false};
constexpr std::size_t kLines = 64;  // In turn, so that no branch learns one line by heart.

std::vector<std::string> submit_lines() {
  load::SinglePayments payments(kPlan);
  std::vector<std::string> lines(kLines);
  std::uint64_t id = 0;
  for (std::string& line : lines) require(payments.append_next(line, ++id), "there is no line");
  return lines;
}

// Feeds bytes to a framer as a socket would, and takes the one line in them.
std::string_view frame(protocol::LineFramer& framer, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto space = framer.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    framer.received(count);
    bytes.remove_prefix(count);
  }
  std::string_view line;
  require(framer.next(line) == protocol::LineFramer::Next::line, "the framer found no line");
  return line;
}

protocol::Envelope envelope_of(const protocol::Value& document) {
  auto envelope = protocol::read_envelope(document);
  if (!envelope) throw std::runtime_error(envelope.error().error.refusal.message);
  return std::move(*envelope);
}

CheckedPayment payment_of(const protocol::Value& document, protocol::PaymentParams& scratch) {
  const protocol::Envelope envelope = envelope_of(document);
  auto payment = protocol::read_payment(envelope.params, scratch);
  if (!payment) throw std::runtime_error(payment.error().message);
  return std::move(*payment);
}

protocol::Value document_of(protocol::Parser& parser, std::string_view line) {
  auto document = parser.parse(line);
  if (!document) throw std::runtime_error(document.error().refusal.message);
  return *document;
}

// Runs `step(i)` for line after line; it tells the line's bytes.
template <class Step>
void for_each_line(benchmark::State& state, Step step) {
  std::size_t bytes = 0;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    bytes += step(next);
    next = (next + 1) % kLines;
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void submit_line_all(benchmark::State& state) {
  guarded(state, [&] {
    const std::vector<std::string> lines = submit_lines();
    protocol::LineFramer framer;
    protocol::Parser parser;
    protocol::PaymentParams scratch;
    for_each_line(state, [&](std::size_t i) {
      const auto line = frame(framer, lines[i]);
      benchmark::DoNotOptimize(payment_of(document_of(parser, line), scratch));
      parser.relax();
      framer.relax();
      return lines[i].size();
    });
  });
}
BENCHMARK(submit_line_all)->Name("parse/submit_line/all");

void submit_line_frame(benchmark::State& state) {
  guarded(state, [&] {
    const std::vector<std::string> lines = submit_lines();
    protocol::LineFramer framer;
    for_each_line(state, [&](std::size_t i) {
      benchmark::DoNotOptimize(frame(framer, lines[i]));
      framer.relax();
      return lines[i].size();
    });
  });
}
BENCHMARK(submit_line_frame)->Name("parse/submit_line/frame");

void submit_line_json(benchmark::State& state) {
  guarded(state, [&] {
    std::vector<std::string> lines = submit_lines();
    for (std::string& line : lines) {
      line.pop_back();  // The line feed.
      line.reserve(line.size() + protocol::LineFramer::kPaddingBytes);
    }
    protocol::Parser parser;
    for_each_line(state, [&](std::size_t i) {
      benchmark::DoNotOptimize(document_of(parser, lines[i]));
      return lines[i].size();
    });
  });
}
BENCHMARK(submit_line_json)->Name("parse/submit_line/json");

void submit_line_params(benchmark::State& state) {
  guarded(state, [&] {
    const std::vector<std::string> lines = submit_lines();
    std::vector<protocol::Parser> parsers(kLines);  // A parser holds one document.
    std::vector<protocol::Value> documents;
    for (std::size_t i = 0; i < kLines; ++i) {
      protocol::LineFramer framer;
      documents.push_back(document_of(parsers[i], frame(framer, lines[i])));
    }
    protocol::PaymentParams scratch;
    for_each_line(state, [&](std::size_t i) {
      benchmark::DoNotOptimize(payment_of(documents[i], scratch));
      return lines[i].size();
    });
  });
}
BENCHMARK(submit_line_params)->Name("parse/submit_line/params_and_check");

void submit_many_line_all(benchmark::State& state) {
  guarded(state, [&] {
    const auto count = static_cast<std::uint64_t>(state.range(0));
    load::PaymentGroups groups(load::plain_payments(kPlan), count, count);
    std::string line;
    require(groups.append_next(line, 1), "there is no line");
    protocol::LineFramer framer;
    protocol::Parser parser;
    protocol::PaymentParams scratch;
    for ([[maybe_unused]] auto _ : state) {
      const auto framed = frame(framer, line);
      const protocol::Envelope envelope = envelope_of(document_of(parser, framed));
      const auto many = protocol::read_many_payments(envelope.params, scratch, {});
      require(many && many->checked.size() == count, "a payment was refused");
      parser.relax();
      framer.relax();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
  });
}
BENCHMARK(submit_many_line_all)
    ->Name("parse/submit_many_line/all")
    ->ArgName("payments")
    ->Arg(8'189)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace giro::bench
