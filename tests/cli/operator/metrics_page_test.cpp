#include "cli/operator/metrics_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giro::cli {
namespace {

std::string kind_of(const std::expected<std::string, client::CallError>& body) {
  if (body) return "body";
  if (const auto* refusal = std::get_if<client::RpcError>(&body.error())) return refusal->name;
  return std::get<client::TransportError>(body.error()).kind == client::TransportError::Kind::lost
             ? "lost"
             : "nonsense";
}

TEST(MetricsPage, SamplesHaveTheirLabelsAndOtherLinesArePassedOver) {
  const auto page = MetricsPage::parse(
      "# HELP x words\nx 1.5\n\nrubbish\ny{a=\"1\",b=\"q \\\" } \\\\\"} 2\ny{a=\"2\"} 3\nz{a=\"1\" "
      "4\n");
  EXPECT_EQ(page.value("x"), 1.5);
  EXPECT_EQ(page.value("nothing"), std::nullopt);
  ASSERT_EQ(page.samples("y").size(), 2U);
  EXPECT_EQ(page.samples("y")[0].labels.at("b"), "q \" } \\");
  EXPECT_EQ(page.sum("y", "a", "2"), 3);
  EXPECT_TRUE(page.samples("z").empty());
}

Histogram histogram(double first, double second, double infinite) {
  return Histogram({{0.001, first},
                    {0.01, first + second},
                    {std::numeric_limits<double>::infinity(), first + second + infinite}});
}

TEST(Histogram, AQuantileLiesWithinItsBucket) {
  EXPECT_EQ(histogram(0, 0, 0).quantile(0.5), std::nullopt);
  EXPECT_DOUBLE_EQ(*histogram(10, 0, 0).quantile(0.5), 0.0005);
  EXPECT_DOUBLE_EQ(*histogram(5, 10, 0).quantile(1), 0.01);
  // Above the last bound only that is known.
  EXPECT_DOUBLE_EQ(*histogram(0, 0, 3).quantile(0.99), 0.01);
}

TEST(Histogram, WhatCameSinceIsTheDifferenceUnlessTheDaemonBeganAnew) {
  EXPECT_EQ(histogram(5, 5, 0).since(histogram(5, 1, 0)).count(), 4);
  EXPECT_EQ(histogram(2, 0, 0).since(histogram(5, 1, 0)).count(), 2);
  EXPECT_EQ(histogram(2, 0, 0).since(Histogram()).count(), 2);
}

TEST(MetricsResponse, OnlyAWholeBodyIsTaken) {
  EXPECT_EQ(body_of_response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab").value(), "ab");
  EXPECT_EQ(kind_of(body_of_response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")), "lost");
  EXPECT_EQ(kind_of(body_of_response("HTTP/1.1 200 OK\r\nContent-Le")), "nonsense");
  EXPECT_EQ(kind_of(body_of_response("")), "nonsense");
  EXPECT_EQ(kind_of(body_of_response(R"({"jsonrpc":"2.0"})")), "nonsense");
}

TEST(MetricsResponse, ARefusalKeepsItsName) {
  EXPECT_EQ(kind_of(body_of_response("HTTP/1.1 403 Forbidden\r\nContent-Length: 23\r\n\r\n"
                                     R"({"code":"unauthorized"})")),
            "unauthorized");
}

}  // namespace
}  // namespace giro::cli
