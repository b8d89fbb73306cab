#include "tests/simulation/asker.hpp"

#include <utility>

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kWaitingMax = 6;

std::string quoted(std::string_view name, const std::string& text) {
  return json::serialize(json::object{{name, text}});
}

}  // namespace

Asker::Asker(int number, std::uint64_t seed, SentRequests& requests, int count)
    : number_(number), random_(seed), requests_(requests), left_(count) {}

std::string Asker::take_bytes(std::size_t most) {
  std::string bytes = unsent_.substr(0, most);
  unsent_.erase(0, bytes.size());
  return bytes;
}

void Asker::ask(std::string_view method, const std::string& params, Sent* request) {
  const std::uint64_t id = ++last_id_;
  waiting_[id] = {.request = request, .after = requests_.told()};
  unsent_.append(R"({"jsonrpc":"2.0","id":)").append(std::to_string(id));
  unsent_.append(R"(,"method":")").append(method).append(R"(","params":)");
  unsent_.append(params).append("}\n");
}

void Asker::go_on(Timestamp now) {
  if (number_ == 0 && subscription_ == 0) {
    ask("events.subscribe", R"({"from":)" + std::to_string(next_event_) + "}", nullptr);
    subscription_ = last_id_;
  }
  while (waiting_.size() < kWaitingMax && (left_ > 0 || !again_.empty())) {
    const std::uint64_t what = draw(6);
    if (what < 2) {
      ask_something();
    } else if (!again_.empty() && (what < 4 || left_ == 0)) {
      Sent* request = again_.front();
      again_.pop_front();
      ask(request->method(), request->params(), request);
    } else if (left_ > 0) {
      --left_;
      Sent* request = own_.emplace_back(requests_.next(now));
      ask(request->method(), request->params(), request);
    }
  }
}

void Asker::ask_something() {
  // Whatever it asked before, even what it knows the answer of: it must be told the same.
  Sent* known = own_.empty() ? nullptr : own_[draw(own_.size())];
  switch (draw(8)) {
    case 0:
      return ask("accounts.get", quoted("id", "shop:1"), nullptr);
    case 1:
      return ask("accounts.statement", quoted("id", "world"), nullptr);
    case 2:
      return ask("accounts.list", "{}", nullptr);
    case 3:
      return ask("ledger.trial_balance", "{}", nullptr);
    case 4:
      return ask("payments.list", R"({"order":"desc","limit":5})", nullptr);
    case 5:
      return ask("holds.list", "{}", nullptr);
    default:
      if (known != nullptr && !known->replies.empty()) {
        ask(known->method(), known->params(), known);
      } else {
        ask("ledger.status", "{}", nullptr);
      }
  }
}

void Asker::hear_event(const json::object& event) {
  const auto seq = event.at("seq").to_number<std::uint64_t>();
  if (seq != next_event_) contradict("event " + std::to_string(seq) + " came out of order");
  next_event_ = seq + 1;
}

void Asker::hear(const std::string& line) {
  heard_.append(line).push_back('\n');
  json::object said = json::parse(line).as_object();
  if (said.contains("method")) return hear_event(said.at("params").as_object());
  const auto found = said.at("id").is_null()
                         ? waiting_.end()
                         : waiting_.find(said.at("id").to_number<std::uint64_t>());
  if (found == waiting_.end()) return contradict("an answer to nothing: " + line);
  const auto [id, waiting] = *found;
  waiting_.erase(found);
  if (const json::value* error = said.if_contains("error")) {
    if (id == subscription_) subscription_ = 0;
    hear_error(waiting, std::string(error->at("data").at("code").as_string()), line);
  } else if (waiting.request != nullptr) {
    hear_result(waiting, std::move(said.at("result")));
  }
}

void Asker::hear_error(const Waiting& waiting, const std::string& code, const std::string& line) {
  Sent* request = waiting.request;
  if (may_be_sent_again(code)) {
    if (request != nullptr && request->replies.empty()) again_.push_back(request);
  } else if (code == "key_conflict" && request != nullptr) {
    request->replies.emplace_back(std::unexpected(code));
  } else {
    contradict(line);
  }
}

void Asker::hear_result(const Waiting& waiting, json::value&& result) {
  const json::object& told = result.as_object();
  if (const json::value* seq = told.if_contains("seq")) {
    const auto number = seq->to_number<Seq>();
    const json::value* replayed = told.if_contains("replayed");
    const bool is_new = replayed != nullptr && !replayed->as_bool();
    if (is_new && number <= waiting.after) {
      contradict("seq " + std::to_string(number) +
                 " came before what was answered before it was sent");
    }
    requests_.note_told(number);
  }
  waiting.request->replies.emplace_back(std::move(result));
}

void Asker::disconnected() {
  unsent_.clear();
  for (const auto& [id, waiting] : waiting_) {
    Sent* request = waiting.request;
    if (request != nullptr && request->replies.empty()) again_.push_back(request);
  }
  waiting_.clear();
  subscription_ = 0;
}

}  // namespace giro::test
