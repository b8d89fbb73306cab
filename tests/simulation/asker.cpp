#include "tests/simulation/asker.hpp"

#include <iterator>
#include <utility>

#include <boost/json.hpp>

namespace giro::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kWaitingMax = 6;
constexpr std::uint64_t kAccounts = 6;

std::string account(std::uint64_t number) {
  return "a" + std::to_string(number);
}

// Whether sending the same request again may get further.
bool may_be_sent_again(std::string_view code) {
  return code == "read_only" || code == "busy" || code == "shutting_down" ||
         code == "outcome_unknown" || code == "internal";
}

}  // namespace

Asker::Asker(int number, std::uint64_t seed, int payments) : number_(number), random_(seed) {
  for (int i = 0; i < payments; ++i) {
    const std::string key = "k" + std::to_string(number_) + "-" + std::to_string(i);
    const std::uint64_t from = draw(kAccounts);
    const std::uint64_t to = (from + 1 + draw(kAccounts - 1)) % kAccounts;
    payments_[key] = R"({"key":")" + key + R"(","from":")" + account(from) + R"(","to":")" +
                     account(to) + R"(","amount":)" + std::to_string(1 + draw(50)) +
                     R"(,"currency":"EUR"})";
  }
  to_send_ = undecided_ = payments_;
}

std::string Asker::take_bytes(std::size_t most) {
  std::string bytes = unsent_.substr(0, most);
  unsent_.erase(0, bytes.size());
  return bytes;
}

void Asker::ask(std::string_view method, const std::string& params,
                const std::vector<std::string>& keys) {
  const std::uint64_t id = ++last_id_;
  waiting_[id] = keys;
  unsent_.append(R"({"jsonrpc":"2.0","id":)").append(std::to_string(id));
  unsent_.append(R"(,"method":")").append(method).append(R"(","params":)");
  unsent_.append(params).append("}\n");
}

void Asker::go_on() {
  if (number_ == 0 && subscription_ == 0) {
    ask("events.subscribe", R"({"from":)" + std::to_string(next_event_) + "}", {});
    subscription_ = last_id_;
  }
  while (waiting_.size() < kWaitingMax && !to_send_.empty()) {
    const std::uint64_t what = draw(6);
    if (what < 2) {
      ask_something();
    } else if (what == 2 && !told_.empty()) {
      ask_again();
    } else {
      send_payments(draw(4) == 0 ? 3 : 1);
    }
  }
}

void Asker::ask_something() {
  const std::string id = R"({"id":")" + account(draw(kAccounts)) + R"("})";
  switch (draw(5)) {
    case 0:
      return ask("accounts.get", id, {});
    case 1:
      return ask("accounts.statement", id, {});
    case 2:
      return ask("accounts.list", "{}", {});
    case 3:
      return ask("payments.get", R"({"key":")" + to_send_.begin()->first + R"("})", {});
    default:
      return ask("accounts.open",
                 R"({"id":"b)" + std::to_string(draw(20)) + R"(","currency":"EUR"})", {});
  }
}

void Asker::send_payments(std::size_t count) {
  std::vector<std::string> keys;
  std::string list;
  while (keys.size() < count && !to_send_.empty()) {
    auto payment = to_send_.begin();
    std::advance(payment, static_cast<std::ptrdiff_t>(draw(to_send_.size())));
    keys.push_back(payment->first);
    list += (list.empty() ? "" : ",") + payment->second;
    to_send_.erase(payment);
  }
  if (count == 1) return ask("payments.submit", list, keys);
  ask("payments.submit_many", R"({"payments":[)" + list + "]}", keys);
}

void Asker::hear(const std::string& line) {
  heard_.append(line).push_back('\n');
  const json::object said = json::parse(line).as_object();
  if (said.contains("method")) {
    const json::object& event = said.at("params").as_object();
    const auto seq = event.at("seq").to_number<std::uint64_t>();
    if (seq != next_event_) contradict("event " + std::to_string(seq) + " came out of order");
    next_event_ = seq + 1;
    return;
  }
  const auto found = said.at("id").is_null()
                         ? waiting_.end()
                         : waiting_.find(said.at("id").to_number<std::uint64_t>());
  if (found == waiting_.end()) return contradict("an answer to nothing: " + line);
  const std::uint64_t id = found->first;
  const std::vector<std::string> keys = std::move(found->second);
  waiting_.erase(found);
  if (const json::value* error = said.if_contains("error")) {
    const json::string& code = error->at("data").at("code").as_string();
    if (!may_be_sent_again({code.data(), code.size()})) contradict(line);
    if (id == subscription_) subscription_ = 0;
    put_back(keys);
    return;
  }
  const json::object& result = said.at("result").as_object();
  if (keys.size() == 1 && result.contains("key")) {
    note_outcome(keys[0], {.seq = result.at("seq").to_number<std::uint64_t>(),
                           .applied = result.at("status").as_string() == "applied"});
  } else {
    // A batch tells only what wasn't applied: its outcomes are asked for by sending each again.
    put_back(keys);
  }
}

void Asker::ask_again() {
  auto known = told_.begin();
  std::advance(known, static_cast<std::ptrdiff_t>(draw(told_.size())));
  ask("payments.submit", payments_.at(known->first), {known->first});
}

void Asker::put_back(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (const auto open = undecided_.find(key); open != undecided_.end()) to_send_.insert(*open);
  }
}

void Asker::note_outcome(const std::string& key, const Told& told) {
  const auto [first, is_new] = told_.emplace(key, told);
  if (!is_new && first->second != told) contradict(key + " has two outcomes");
  undecided_.erase(key);
}

void Asker::disconnected() {
  unsent_.clear();
  for (const auto& [id, keys] : waiting_) put_back(keys);
  waiting_.clear();
  subscription_ = 0;
}

}  // namespace giro::test
