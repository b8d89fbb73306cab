// Commands as bytes: remade equal, one form for each, and nothing else is read.
// GIRO_SEED=<number> tries another run.
#include "ledger/command/codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ledger/builders.hpp"
#include "tests/ledger/random_commands.hpp"

namespace giro::test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::optional<Amount> kNoLimit;

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

// The bytes of a payment of 258 from the world to ada, from dry_run on.
constexpr std::string_view kPayment =
    "\x00"
    "\x03key"
    "\x01\x00"
    "\x05world\x03"
    "ada"
    "\x02\x01\x00\x00\x00\x00\x00\x00"
    "\x03"
    "EUR"
    "\x00\x00"sv;

TEST(CommandCodec, WritesTheFormOfHolds) {
  const LegRequest leg = eur("world", "ada", 258);
  EXPECT_EQ(bytes_of(checked(hold(leg))), "\x03"s.append(kPayment) + "\x00"s);
  EXPECT_EQ(bytes_of(checked(hold(leg, [](auto& h) { h.timeout = "90s"; }))),
            "\x03"s.append(kPayment) + "\x01\x00\x04\x6B\xF4\x14\x00\x00\x00"s);
  const auto end = [](auto& h) { h.expires_at = "1970-01-01T00:00:00.000000258Z"; };
  EXPECT_EQ(bytes_of(checked(hold(leg, end))),
            "\x03"s.append(kPayment) + "\x02\x02\x01\x00\x00\x00\x00\x00\x00"s);
}

TEST(CommandCodec, WritesTheFormOfWhatNamesAHold) {
  EXPECT_EQ(bytes_of(checked(capture(by_key("h")))), "\x04\x00\x03key\x01h"s);
  EXPECT_EQ(bytes_of(checked(capture(
                by_seq(258), [](auto& c) { c.amount = 259, c.final = true, c.dry_run = true; }))),
            "\x04\x07\x03key\x00\x02\x01\x00\x00\x00\x00\x00\x00"
            "\x03\x01\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(bytes_of(checked(release(by_seq(258)))),
            "\x05\x00\x03key\x00\x02\x01\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(bytes_of(checked(release(by_key("h"), dry))), "\x05\x01\x03key\x01h"s);
}

TEST(CommandCodec, WritesTheFormOfReversals) {
  EXPECT_EQ(bytes_of(checked(reversal(by_key("p")))), "\x06\x00\x03key\x01p\x00\x00"s);
  EXPECT_EQ(
      bytes_of(checked(reversal(
          by_key("p"), [](auto& r) { r.amount = 258, r.dry_run = true, r.options.code = 7; }))),
      "\x06\x05\x03key\x01p\x02\x01\x00\x00\x00\x00\x00\x00\x01\x00\x07\x00"s);
}

TEST(CommandCodec, WritesTheFormOfChangesOfAccounts) {
  const auto update = [](const auto& change) {
    return bytes_of(checked(account_change(AccountAction::update, "ada", change)));
  };
  EXPECT_EQ(update([](auto& u) {
              u.floor = -2, u.ceiling = kNoLimit, u.frozen = "debits", u.metadata = "{}",
              u.if_version = 258;
            }),
            "\x07\x00\x03key\x03"
            "ada\x00\x79\x00"
            "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
            "\x01"
            "\x02\x00{}"
            "\x02\x01\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(update([](auto& u) { u.floor = kNoLimit, u.ceiling = 258; }),
            "\x07\x00\x03key\x03"
            "ada\x00\x06\x00\x02\x01\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(bytes_of(checked(account_change(AccountAction::close, "ada", dry))),
            "\x07\x01\x03key\x03"
            "ada\x01\x00\x00"s);
  EXPECT_EQ(bytes_of(checked(account_change(AccountAction::reopen, "ada"))),
            "\x07\x00\x03key\x03"
            "ada\x02\x00\x00"s);
  EXPECT_EQ(update([](auto& u) {
              u.limits = {{.window = "1m", .amount = 258, .count = {}}};
              u.alerts = AlertLines{.below = {}, .above = 1};
            }),
            "\x07\x00\x03key\x03"
            "ada\x00\x80\x01"
            "\x01\x00\x58\x47\xF8\x0D\x00\x00\x00"
            "\x01\x02\x01\x00\x00\x00\x00\x00\x00\x00"
            "\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00"s);
}

TEST(CommandCodec, WritesTheFormOfClosingAndOpeningTheBooks) {
  EXPECT_EQ(bytes_of(checked(close_books("1970-09-16"))), "\x0A\x04\x03key\x02\x01\x00\x00"s);
  EXPECT_EQ(bytes_of(checked(open_books("1969-12-31"))), "\x0A\x06\x03key\xFF\xFF\xFF\xFF"s);
  EXPECT_EQ(bytes_of(checked(open_books())), "\x0A\x02\x03key"s);
}

TEST(CommandCodec, ReadsNoClosingOfBooksThatNoCheckWouldLetPass) {
  EXPECT_TRUE(command_of("\x0A\x04\x01k\xA0\xC0\x2C\x00"s)) << "9999-12-31";
  EXPECT_FALSE(command_of("\x0A\x04\x01k\xA1\xC0\x2C\x00"s)) << "past the last year";
  EXPECT_TRUE(command_of("\x0A\x04\x01k\x58\x05\xF5\xFF"s)) << "0000-01-01";
  EXPECT_FALSE(command_of("\x0A\x04\x01k\x57\x05\xF5\xFF"s)) << "before the first year";
  EXPECT_FALSE(command_of("\x0A\x00\x01k"s)) << "no day to close";
  EXPECT_FALSE(command_of("\x0A\x08\x01k"s)) << "an unknown flag";
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

TEST(CommandCodec, ReadsNoHoldThatNoCheckWouldLetPass) {
  const std::string of_payment = "\x03"s.append(kPayment);
  const std::string zero(8, '\0');
  const std::string one = "\x01"s + std::string(7, '\0');
  const std::string second = "\x00\xca\x9a\x3b"s + std::string(4, '\0');
  EXPECT_TRUE(command_of(of_payment + "\x01" + second));
  EXPECT_FALSE(command_of(of_payment + "\x01" + one)) << "no whole second";
  EXPECT_FALSE(command_of(of_payment + "\x01" + zero)) << "no time";
  EXPECT_FALSE(command_of(of_payment + "\x03" + one + one)) << "two ends";
  EXPECT_FALSE(command_of(of_payment + "\x04" + one)) << "an unknown term";
  const std::vector<LegRequest> legs{eur("world", "ada", 1), eur("world", "bob", 1)};
  std::string of_two = bytes_of(checked(payment(legs)));
  of_two.front() = '\x03';
  EXPECT_FALSE(command_of(of_two + "\x00"s)) << "two legs";
}

TEST(CommandCodec, ReadsNothingThatNamesNoEntryOrNoAmount) {
  const std::string zero(8, '\0');
  const std::string one = "\x01"s + std::string(7, '\0');
  EXPECT_TRUE(command_of("\x05\x00\x01k\x00"s + one));
  EXPECT_FALSE(command_of("\x05\x00\x01k\x00"s + zero)) << "no seq";
  EXPECT_FALSE(command_of("\x05\x02\x01k\x00"s + one)) << "an unknown flag";
  EXPECT_FALSE(command_of("\x05\x00\x00\x00"s + one)) << "no key of its own";
  EXPECT_TRUE(command_of("\x04\x04\x01k\x01h"s + one));
  EXPECT_FALSE(command_of("\x04\x04\x01k\x01h"s + zero)) << "an amount of nothing";
  EXPECT_FALSE(command_of("\x04\x08\x01k\x01h"s)) << "an unknown flag";
  EXPECT_TRUE(command_of("\x06\x04\x01k\x01p"s + one + "\x00\x00"s));
  EXPECT_FALSE(command_of("\x06\x04\x01k\x01p"s + zero + "\x00\x00"s));
  EXPECT_FALSE(command_of("\x06\x02\x01k\x01p\x00\x00"s)) << "a reversal isn't final";
}

TEST(CommandCodec, ReadsNoChangeOfAnAccountThatNoCheckWouldLetPass) {
  const auto change = [](std::string_view id, std::string_view rest) {
    return command_of("\x07\x00\x01k\x03"s.append(id).append(rest)).has_value();
  };
  const std::string one = "\x01"s + std::string(7, '\0');
  const std::string most = std::string(7, '\xFF') + "\x7F";
  const std::string least = std::string(7, '\0') + "\x80";
  EXPECT_TRUE(change("ada", "\x00\x01\x00"s + one));
  EXPECT_FALSE(change("a a", "\x00\x01\x00"s + one)) << "no account's id";
  EXPECT_FALSE(change("ada", "\x03\x00\x00"s)) << "an unknown action";
  EXPECT_FALSE(change("ada", "\x00\x03\x00"s + one)) << "a floor and none";
  EXPECT_FALSE(change("ada", "\x00\x0C\x00"s + one)) << "a ceiling and none";
  EXPECT_FALSE(change("ada", "\x00\x00\x02"s)) << "an unknown term";
  for (const std::string& end : {most, least}) {
    EXPECT_FALSE(change("ada", "\x00\x01\x00"s + end)) << "they stand for none";
    EXPECT_FALSE(change("ada", "\x00\x04\x00"s + end));
  }
  EXPECT_FALSE(change("ada", "\x00\x04\x00"s + std::string(8, '\xFF'))) << "a ceiling of -1";
  EXPECT_TRUE(change("ada", "\x00\x10\x00\x03"s));
  EXPECT_FALSE(change("ada", "\x00\x10\x00\x04"s)) << "frozen in an unknown way";
  const std::string minute = "\x00\x58\x47\xF8\x0D\x00\x00\x00"s;
  EXPECT_TRUE(change("ada", "\x00\x80\x00\x01"s + minute + "\x01"s + one + "\x00"s));
  EXPECT_FALSE(change("ada", "\x00\x80\x00\x01"s + minute + "\x00\x00"s)) << "no limit at all";
  EXPECT_FALSE(change("ada", "\x00\x80\x00\x01"s + one + "\x01"s + one + "\x00"s))
      << "a window of a nanosecond";
}

}  // namespace
}  // namespace giro::test
