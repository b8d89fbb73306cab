#include <gtest/gtest.h>

#include "cli/explain/report.hpp"
#include "tests/protocol/fake_daemon.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;
using test::FakeDaemon;

// What it answers to a method, by the params; nothing: it doesn't know the method.
using Answers =
    std::function<std::optional<json::object>(std::string_view method, const json::object& params)>;

// The report of an entry, as JSON and as text, with a daemon that answers so.
struct Explained {
  Explained(const Answers& answers, json::object entry)
      : daemon([answers](const json::object& request) {
          auto result = answers(request.at("method").as_string(), request.at("params").as_object());
          return result ? json::object{{"result", std::move(*result)}}
                        : test::error_answer("unknown_method");
        }) {
    Session session({.sockets = {daemon.path()}, .json = false, .no_color = true});
    const auto decision = ask_decision(session, std::move(entry));
    if (!decision) return;
    const auto reasons = ask_reasons(session, *decision);
    if (!reasons) return;
    report = report_json(*decision, *reasons);
    text = report_text(session, *decision, *reasons).value_or("");
  }
  [[nodiscard]] const json::object& figures() const { return report.at("figures").as_object(); }

  FakeDaemon daemon;
  json::object report;
  std::string text;
};

const json::object kTooMuch{{"type", "payment"},
                            {"status", "rejected"},
                            {"code", "insufficient_funds"},
                            {"seq", 12},
                            {"at", "2026-11-23T09:00:00.000000012Z"},
                            {"key", "inv-18"},
                            {"from", "ada"},
                            {"to", "shop"},
                            {"amount", 2000},
                            {"currency", "EUR"},
                            {"from_balance", 1000},
                            {"to_balance", 0},
                            {"from_held_in", 0},
                            {"from_held_out", 250}};

json::object account(const json::object& params, std::int64_t floor) {
  return {{"id", params.at("id")}, {"currency", "EUR"}, {"scale", 2},        {"floor", floor},
          {"ceiling", nullptr},    {"balance", 9999},   {"available", 9999}, {"frozen", "none"},
          {"closed", false},       {"opened_seq", 2}};
}

TEST(Explain, SaysHowMuchWasMissing) {
  const Explained explained(
      [](std::string_view method, const json::object& params) -> std::optional<json::object> {
        if (method == "accounts.get") return account(params, 0);
        if (method == "accounts.statement") {
          return json::object{{"lines", json::array{}}, {"next", nullptr}};
        }
        return std::nullopt;
      },
      kTooMuch);
  EXPECT_EQ(explained.figures().at("available"), 750);
  EXPECT_EQ(explained.figures().at("missing"), 1250);
  EXPECT_EQ(explained.figures().at("floor_needed"), -1250);
  EXPECT_NE(explained.text.find("12.50 EUR more on ada"), std::string::npos) << explained.text;
  EXPECT_NE(explained.text.find("a floor of -12.50 EUR"), std::string::npos) << explained.text;
}

// The floor was changed after the decision: by #20 to -50.00, and before by #9, or never.
Explained with_floor_changed(bool before, bool far) {
  return {[before, far](std::string_view method,
                        const json::object& params) -> std::optional<json::object> {
            if (method == "accounts.get") return account(params, -5000);
            if (method == "accounts.statement") {
              json::array lines;
              if (params.contains("from"))
                lines.push_back({{"type", "account_update"}, {"seq", 20}});
              if (!params.contains("from") && before) {
                lines.push_back({{"type", "account_update"}, {"seq", 9}});
              }
              const bool cut = far && !params.contains("from");
              return json::object{{"lines", lines}, {"next", cut ? json::value("there") : nullptr}};
            }
            if (method != "payments.get") return std::nullopt;
            const std::int64_t seq = params.at("seq").as_int64();
            if (seq == 2) return json::object{{"seq", 2}, {"account", {{"floor", 100}}}};
            return json::object{{"type", "account_update"},
                                {"status", "applied"},
                                {"seq", seq},
                                {"floor", seq == 9 ? 500 : -5000}};
          },
          kTooMuch};
}

TEST(Explain, ShowsTheFloorOfThen) {
  EXPECT_EQ(with_floor_changed(true, false).figures().at("available"), 250);
  EXPECT_EQ(with_floor_changed(false, false).figures().at("available"), 650) << "As it was opened.";
}

TEST(Explain, SaysWhereATermIsTodays) {
  const Explained explained = with_floor_changed(false, true);
  EXPECT_EQ(explained.figures().at("available"), 5750);
  EXPECT_NE(explained.text.find("Its floor is today's"), std::string::npos) << explained.text;
  const json::object& payer = explained.report.at("accounts").at(0).as_object();
  EXPECT_EQ(payer.at("terms_of_today"), json::array{"floor"});
}

TEST(Explain, GetsAlongWithADaemonThatTellsLess) {
  const auto tells_nothing = [](std::string_view, const json::object&) { return std::nullopt; };
  for (const char* code : {"deadline_passed",
                           "account_unknown",
                           "account_exists_with_different_floor",
                           "currency_mismatch",
                           "hold_unknown",
                           "not_a_hold",
                           "hold_captured",
                           "hold_voided",
                           "hold_expired",
                           "capture_exceeds_hold",
                           "original_unknown",
                           "not_reversible",
                           "reversal_not_divisible",
                           "reversal_exceeds_original",
                           "schedule_cancelled",
                           "books_closed",
                           "account_closed",
                           "account_not_closed",
                           "account_frozen",
                           "account_not_empty",
                           "account_has_holds",
                           "precondition_version",
                           "precondition_balance",
                           "overflow",
                           "insufficient_funds",
                           "ceiling_exceeded",
                           "velocity_exceeded",
                           "group_failed",
                           "code_of_tomorrow"}) {
    for (const json::object& about :
         {json::object{}, json::object{{"from", "a"}, {"to", "b"}, {"amount", 1}},
          json::object{{"hold", "h"}, {"hold_seq", 3}}, json::object{{"id", "a"}},
          json::object{{"legs", {7, nullptr}}, {"leg", 1}, {"leg_code", code}}}) {
      json::object entry{{"type", "t"}, {"status", "rejected"}, {"code", code}, {"seq", 12}};
      entry.insert(about.begin(), about.end());
      const Explained explained(tells_nothing, std::move(entry));
      EXPECT_EQ(explained.report.at("code"), code);
      EXPECT_NE(explained.text.find(code), std::string::npos) << code;
    }
  }
}

TEST(Explain, OfWhatWasAppliedSaysWhatItDid) {
  json::object entry = kTooMuch;
  entry["status"] = "applied";
  entry["from_crossed"] = {"below"};
  entry["group"] = {{"first_seq", 10}, {"count", 3}, {"index", 2}};
  entry.erase("code");
  const Explained explained(
      [](std::string_view method, const json::object& params) -> std::optional<json::object> {
        if (method == "accounts.get") return account(params, 0);
        return std::nullopt;
      },
      std::move(entry));
  EXPECT_FALSE(explained.report.contains("code"));
  for (const char* words : {"20.00 EUR moved from ada to shop", "ada below the line of its alert",
                            "member 2 of the 3 of a group"}) {
    EXPECT_NE(explained.text.find(words), std::string::npos) << words << "\n" << explained.text;
  }
}

}  // namespace
}  // namespace giro::cli
