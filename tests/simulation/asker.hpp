// A client program that behaves as the README tells programs to: it sends each payment with a key of its own
// and, where the outcome isn't known, sends it again with that key, to the next daemon if need be. It
// remembers what it was told. Thread: the test's.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace giro::test {

class Asker {
 public:
  // `number` tells its keys from those of others.
  Asker(int number, std::uint64_t seed, int payments);

  // The next bytes to send: none of them is lost unless the connection is.
  [[nodiscard]] std::string take_bytes(std::size_t most);
  [[nodiscard]] bool has_bytes() const { return !unsent_.empty(); }
  // All of its payments have an outcome, and no request waits for an answer.
  [[nodiscard]] bool is_done() const { return undecided_.empty() && waiting_.empty(); }

  // One line of what the daemon sent. What was refused, and may be sent again, is.
  void hear(const std::string& line);
  // The connection is gone: whatever has no answer is asked again on the next one.
  void disconnected();
  // Puts more requests among the bytes to send, if few of them wait.
  void go_on();

  struct Told {
    std::uint64_t seq = 0;
    bool applied = false;

    friend bool operator==(const Told&, const Told&) = default;
  };
  // What was told of each key, by its first answer.
  [[nodiscard]] const std::map<std::string, Told>& told() const { return told_; }
  // What can't be: an answer to nothing, two outcomes of one key, a feed with a gap.
  [[nodiscard]] const std::vector<std::string>& contradictions() const { return contradictions_; }
  // Every line that it heard, one after the other.
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] std::uint64_t events() const { return next_event_ - 1; }

 private:
  struct Payment {
    std::string key;
    std::string json;
  };

  [[nodiscard]] std::uint64_t draw(std::uint64_t count) { return random_() % count; }
  void ask(std::string_view method, const std::string& params,
           const std::vector<std::string>& keys);
  void ask_something();
  // A payment whose outcome it knows: it must be told the same again.
  void ask_again();
  // It wasn't decided, as far as anybody knows.
  void put_back(const std::vector<std::string>& keys);
  void send_payments(std::size_t count);
  void note_outcome(const std::string& key, const Told& told);
  void contradict(std::string what) { contradictions_.push_back(std::move(what)); }

  const int number_;
  std::mt19937_64 random_;
  std::string unsent_;
  std::uint64_t last_id_ = 0;
  std::uint64_t subscription_ = 0;                // The id of its request; 0: it has none.
  std::map<std::string, std::string> payments_;   // All of them, by key, as JSON.
  std::map<std::string, std::string> undecided_;  // Payments by key, as JSON.
  std::map<std::string, std::string> to_send_;    // Of them, those that nobody decides now.
  std::map<std::uint64_t, std::vector<std::string>> waiting_;  // By id: the keys that it is about.
  std::map<std::string, Told> told_;
  std::vector<std::string> contradictions_;
  std::string heard_;
  std::uint64_t next_event_ = 1;
};

}  // namespace giro::test
