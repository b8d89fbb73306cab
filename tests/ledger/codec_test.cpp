// Commands as bytes: remade equal, one form for each, and nothing else is read.
// GIRO_SEED=<number> tries another run.
#include "ledger/command/codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

constexpr int kCommandsInARun = 20'000;

std::string bytes_of(const Command& command) {
  std::string bytes;
  write_command(command, bytes);
  return bytes;
}

// Nothing, too, where bytes are left behind it.
std::optional<Command> command_of(std::string_view bytes) {
  ByteReader in(bytes);
  auto command = read_command(in);
  if (!command || !in.rest().empty()) return std::nullopt;
  return command;
}

std::uint64_t seed() {
  const char* chosen = std::getenv("GIRO_SEED");
  return chosen == nullptr ? 1 : std::strtoull(chosen, nullptr, 10);
}

TEST(CommandCodec, RemakesEveryCommandEqual) {
  RandomCommands commands(seed());
  for (int i = 0; i < kCommandsInARun; ++i) {
    const Command command = commands.next();
    const std::string bytes = bytes_of(command);
    const auto remade = command_of(bytes);
    ASSERT_TRUE(remade) << "command " << i;
    ASSERT_TRUE(*remade == command) << "command " << i;
    ASSERT_EQ(bytes_of(*remade), bytes) << "command " << i;
  }
}

TEST(CommandCodec, ReadsNoCommandThatIsCutShort) {
  RandomCommands commands(seed());
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = bytes_of(commands.next());
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 200) {
      ASSERT_FALSE(command_of(std::string_view(bytes).substr(0, size))) << i << ": " << size;
    }
  }
}

// A changed byte is another command or none; never one of two forms.
TEST(CommandCodec, ReadsOneFormOfEachCommandOnly) {
  RandomCommands commands(seed());
  std::mt19937_64 random(seed());
  int read = 0;
  for (int i = 0; i < kCommandsInARun; ++i) {
    std::string bytes = bytes_of(commands.next());
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int change = 0; change < changes; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto command = command_of(bytes);
    if (!command) continue;
    ++read;
    ASSERT_EQ(bytes_of(*command), bytes) << "command " << i;
  }
  EXPECT_GT(read, kCommandsInARun / 20);
}

// The form is for ever: logs of older releases hold it.
TEST(CommandCodec, WritesTheFormThatOlderLogsHold) {
  const Command pay = checked(payment(eur("world", "ada", 258), [](PaymentRequest& request) {
    request.code = 7;
    request.up_to = true;
  }));
  EXPECT_EQ(bytes_of(pay), std::string("\x01\x00"
                                       "\x03key"
                                       "\x01\x00"
                                       "\x05world\x03"
                                       "ada"
                                       "\x02\x01\x00\x00\x00\x00\x00\x00"
                                       "\x03"
                                       "EUR"
                                       "\x01\x01"
                                       "\x07\x00",
                                       34));
  const Command open = checked(account("ada"));
  EXPECT_EQ(bytes_of(open), std::string("\x02\x03"
                                        "ada\x03"
                                        "EUR\x02\x01"
                                        "\x00\x00\x00\x00\x00\x00\x00\x00"
                                        "\x00\x00",
                                        21));
}

// What deciding relies on, and no check() stands behind it.
TEST(CommandCodec, ReadsNothingThatNoCheckWouldLetPass) {
  const auto with = [](const LegRequest& leg) {
    std::string bytes = bytes_of(checked(payment(eur("world", "ada", 258))));
    return bytes.replace(8, std::string::npos, "") + "\x05" + std::string(leg.from) + "\x05" +
           std::string(leg.to) + std::string(reinterpret_cast<const char*>(&leg.amount), 8) +
           "\x03" + std::string(leg.currency) + std::string(2, '\0');
  };
  EXPECT_TRUE(command_of(with(eur("world", "alice", 1))));
  EXPECT_FALSE(command_of(with(eur("world", "alice", 0))));
  EXPECT_FALSE(command_of(with(eur("world", "alice", -1))));
  EXPECT_FALSE(command_of(with(eur("world", "world", 1))));
  EXPECT_FALSE(command_of(with(eur("world", "a ice", 1))));
  EXPECT_FALSE(command_of(with({.from = "world", .to = "alice", .amount = 1, .currency = "eur"})));
}

}  // namespace
}  // namespace giro::test
