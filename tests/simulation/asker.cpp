#include "tests/simulation/asker.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kWaitingMax = 6;

// Whether it takes `ack`.
bool may_be_acknowledged(const Sent& request) {
  if (request.shape != Sent::Shape::one) return request.shape == Sent::Shape::many;
  const Method method = request.members[0].method;
  return !request.members[0].dry_run &&
         (method == Method::pay || method == Method::hold || method == Method::capture ||
          method == Method::release || method == Method::reverse || method == Method::cancel);
}

std::string with_ack(std::string params) {
  return params.insert(1, R"("ack":"received",)");
}

}  // namespace

Asker::Asker(int number, std::uint64_t seed, SentRequests& requests, int count)
    : number_(number), random_(seed), requests_(requests), left_(count) {}

std::string Asker::take_bytes(std::size_t most) {
  std::string bytes = unsent_.substr(0, most);
  unsent_.erase(0, bytes.size());
  return bytes;
}

Asker::Waiting& Asker::ask(std::string_view method, const std::string& params, Sent* request) {
  const std::uint64_t id = ++last_id_;
  Waiting& waiting = waiting_[id] = {.request = request, .after = requests_.told()};
  unsent_.append(R"({"jsonrpc":"2.0","id":)").append(std::to_string(id));
  unsent_.append(R"(,"method":")").append(method).append(R"(","params":)");
  unsent_.append(params).append("}\n");
  return waiting;
}

// Some go on as soon as it is received.
void Asker::send(Sent* request) {
  std::string params = request->params();
  const bool is_many = request->shape == Sent::Shape::many;
  const bool is_acknowledged =
      may_be_acknowledged(*request) && !(is_many && many_is_acknowledged_) && draw(6) == 0;
  if (is_acknowledged) params = with_ack(std::move(params));
  Waiting& waiting = ask(request->method(), params, request);
  waiting.is_acknowledged_many = is_acknowledged && is_many;
  many_is_acknowledged_ |= waiting.is_acknowledged_many;
}

void Asker::go_on(Timestamp now) {
  if (number_ == 0 && subscription_ == 0) {
    (void)ask("events.subscribe", R"({"from":)" + std::to_string(next_event_) + "}", nullptr);
    subscription_ = last_id_;
  }
  while (waiting_.size() < kWaitingMax && (left_ > 0 || !again_.empty())) {
    const std::uint64_t what = draw(6);
    if (what < 2) {
      ask_something();
    } else if (!again_.empty() && (what < 4 || left_ == 0)) {
      Sent* request = again_.front();
      again_.pop_front();
      send(request);
    } else if (left_ > 0) {
      --left_;
      send(own_.emplace_back(requests_.next(now)));
    }
  }
}

void Asker::ask_something() {
  // Whatever it asked before, even what it knows the answer of: it must be told the same.
  Sent* known = own_.empty() ? nullptr : own_[draw(own_.size())];
  if (known != nullptr && known->replies.empty()) known = nullptr;
  switch (draw(14)) {
    case 0:
      return ask_question("accounts.get", some_account());
    case 1:
      return ask_question("accounts.get", at_some_seq(some_account()));
    case 2:
      return ask_question("accounts.statement", some_account());
    case 3:
      return ask_question("accounts.list", {});
    case 4:
      return ask_question("ledger.trial_balance", at_some_seq({}));
    case 5:
      return ask_question("ledger.totals", at_some_seq({{"depth", 8}}));
    case 6:
      return ask_question("payments.list", {{"order", "desc"}, {"limit", 5}});
    case 7:
      return ask_question("holds.list", {});
    case 8:
      return ask_question("schedules.list", {});
    case 9:
    case 10:
      if (known == nullptr || known->members[0].method == Method::open) break;
      return ask_question("payments.get", {{"key", key_of(known->members[0])}});
    default:
      if (known == nullptr) break;
      return send(known);
  }
  ask_question("ledger.status", {});
}

// In most cases it is to be answered by a ledger that has what was told before, whichever node that is asked of.
void Asker::ask_question(std::string method, json::object params) {
  Seq after = 0;
  if (method != "ledger.status" && draw(4) != 0) params["min_seq"] = after = requests_.told();
  Waiting& waiting = ask(method, json::serialize(params), nullptr);
  waiting.question = {
      .method = std::move(method), .params = std::move(params), .after = after, .answer = {}};
}

json::object Asker::some_account() {
  constexpr std::array kAccounts{"world", "shop:1", "shop:2", "ada", "eve", "us:ada", "huge:1"};
  return {{"id", kAccounts.at(draw(kAccounts.size()))}};
}

json::object Asker::at_some_seq(json::object params) {
  const Seq told = requests_.told();
  if (told != 0 && draw(3) == 0) params["at"] = 1 + draw(told);
  return params;
}

void Asker::hear_event(json::object&& event) {
  const auto seq = event.at("seq").to_number<std::uint64_t>();
  if (seq != next_event_) contradict("event " + std::to_string(seq) + " came out of order");
  next_event_ = seq + 1;
  requests_.note_event(std::move(event));
}

// One that a node refuses may overtake others, so that the key says which.
std::vector<Asker::Waiting>::iterator Asker::received_by(const json::object& decision) {
  const json::value* key = decision.if_contains("key");
  return std::ranges::find_if(received_, [&](const Waiting& waiting) {
    const bool is_many = waiting.request->shape == Sent::Shape::many;
    return key == nullptr ? is_many
                          : !is_many && key->as_string() == key_of(waiting.request->members[0]);
  });
}

void Asker::hear_decision(std::string_view method, json::object&& decision,
                          const std::string& line) {
  const auto found = received_by(decision);
  if (found == received_.end()) return contradict("a decision of nothing: " + line);
  Waiting waiting = std::move(*found);
  received_.erase(found);
  const bool is_many = waiting.request->shape == Sent::Shape::many;
  if (method != (is_many ? "payments.decided" : "payment.decided")) {
    contradict("another kind of decision: " + line);
  }
  if (const json::value* error = decision.if_contains("error")) {
    hear_error(waiting, std::string(error->at("code").as_string()), line);
  } else {
    hear_result(std::move(waiting), std::move(decision));
  }
}

void Asker::hear(const std::string& line) {
  heard_.append(line).push_back('\n');
  json::object said = json::parse(line).as_object();
  if (const json::value* method = said.if_contains("method")) {
    json::object& params = said.at("params").as_object();
    const std::string_view name = method->as_string();
    if (!name.ends_with(".decided")) return hear_event(std::move(params));
    return hear_decision(name, std::move(params), line);
  }
  const auto found = said.at("id").is_null()
                         ? waiting_.end()
                         : waiting_.find(said.at("id").to_number<std::uint64_t>());
  if (found == waiting_.end()) return contradict("an answer to nothing: " + line);
  const std::uint64_t id = found->first;
  Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  if (const json::value* error = said.if_contains("error")) {
    if (id == subscription_) subscription_ = 0;
    hear_error(waiting, std::string(error->at("data").at("code").as_string()), line);
  } else {
    hear_result(std::move(waiting), std::move(said.at("result")));
  }
}

void Asker::hear_error(const Waiting& waiting, const std::string& code, const std::string& line) {
  if (waiting.is_acknowledged_many) many_is_acknowledged_ = false;
  Sent* request = waiting.request;
  if (may_be_sent_again(code)) {
    if (request != nullptr && request->replies.empty()) again_.push_back(request);
  } else if (code == "key_conflict" && request != nullptr) {
    request->replies.emplace_back(std::unexpected(code));
  } else {
    contradict(line);
  }
}

void Asker::hear_result(Waiting&& waiting, json::value&& result) {
  if (waiting.question) {
    waiting.question->answer = std::move(result.as_object());
    return requests_.note_answer(std::move(*waiting.question));
  }
  if (waiting.request == nullptr) return;  // The subscription.
  const json::object& told = result.as_object();
  if (told.at("status") == "queued") return received_.push_back(std::move(waiting));
  if (waiting.is_acknowledged_many) many_is_acknowledged_ = false;
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
  const auto ask_again = [this](const Waiting& waiting) {
    Sent* request = waiting.request;
    if (request != nullptr && request->replies.empty()) again_.push_back(request);
  };
  for (const auto& [id, waiting] : waiting_) ask_again(waiting);
  std::ranges::for_each(received_, ask_again);
  waiting_.clear();
  received_.clear();
  many_is_acknowledged_ = false;
  subscription_ = 0;
}

}  // namespace giro::test
