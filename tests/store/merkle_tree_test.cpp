// The tree is the one of RFC 9162: the known roots of Certificate Transparency, and its recursive definition.
#include "ledger/store/proof/merkle_tree.hpp"

#include <bit>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace giro::test {
namespace {

using store::Digest;
using store::LeafRange;
using store::MerkleTree;

std::vector<Digest> leaves_of(const std::vector<std::string>& texts) {
  std::vector<Digest> leaves;
  leaves.reserve(texts.size());
  for (const std::string& text : texts) {
    leaves.push_back(
        store::leaf_hash({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  }
  return leaves;
}

std::vector<Digest> numbered_leaves(std::uint64_t count) {
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) texts.push_back("leaf " + std::to_string(i));
  return leaves_of(texts);
}

MerkleTree tree_of(const std::vector<Digest>& leaves, std::vector<LeafRange> wanted = {}) {
  MerkleTree tree(std::move(wanted));
  for (const Digest& leaf : leaves) tree.append(leaf);
  return tree;
}

// MTH(D[begin:end]) as section 2.1.1 writes it.
Digest model_hash(const std::vector<Digest>& leaves, std::uint64_t begin, std::uint64_t end) {
  if (end - begin == 1) return leaves[begin];
  std::uint64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  return store::node_hash(model_hash(leaves, begin, begin + k), model_hash(leaves, begin + k, end));
}

// PATH(m, D[n]) and SUBPROOF(m, D[n], b) as sections 2.1.3.1 and 2.1.4.1 write them.
std::vector<Digest> model_path(const std::vector<Digest>& leaves, std::uint64_t m,
                               std::uint64_t begin, std::uint64_t end) {
  if (end - begin == 1) return {};
  std::uint64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = m < k;
  auto path =
      is_left ? model_path(leaves, m, begin, begin + k) : model_path(leaves, m - k, begin + k, end);
  path.push_back(is_left ? model_hash(leaves, begin + k, end)
                         : model_hash(leaves, begin, begin + k));
  return path;
}
std::vector<Digest> model_subproof(const std::vector<Digest>& leaves, std::uint64_t m,
                                   std::uint64_t begin, std::uint64_t end, bool is_known) {
  if (m == end - begin) {
    return is_known ? std::vector<Digest>() : std::vector{model_hash(leaves, begin, end)};
  }
  std::uint64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = m <= k;
  auto path = is_left ? model_subproof(leaves, m, begin, begin + k, is_known)
                      : model_subproof(leaves, m - k, begin + k, end, false);
  path.push_back(is_left ? model_hash(leaves, begin + k, end)
                         : model_hash(leaves, begin, begin + k));
  return path;
}

std::vector<Digest> hashes(const MerkleTree& tree, const std::vector<LeafRange>& path) {
  std::vector<Digest> out;
  out.reserve(path.size());
  for (const LeafRange& range : path) out.push_back(tree.hash_of(range));
  return out;
}

// The leaves and roots that the implementations of Certificate Transparency test themselves with.
TEST(MerkleTree, HasTheRootsThatCertificateTransparencyKnows) {
  // There they are bytes: none, 00, 10, 20 to 21, 30 to 31, 40 to 43, 50 to 57, 60 to 6f.
  const std::vector<std::string> texts{"",         std::string(1, '\0'), "\x10", " !", "01", "@ABC",
                                       "PQRSTUVW", "`abcdefghijklmno"};
  const std::vector<std::string> roots{
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  const std::vector<Digest> leaves = leaves_of(texts);
  MerkleTree tree;
  EXPECT_EQ(store::to_hex(tree.root()), roots[0]);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    tree.append(leaves[i]);
    EXPECT_EQ(store::to_hex(tree.root()), roots[i + 1]) << i + 1 << " leaves";
  }
}

TEST(MerkleTree, GivesEveryProofOfEverySmallTreeAsTheRfcDefinesIt) {
  for (std::uint64_t size = 1; size <= 40; ++size) {
    const std::vector<Digest> leaves = numbered_leaves(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto path = store::inclusion_path(i, size);
      EXPECT_EQ(hashes(tree_of(leaves, path), path), model_path(leaves, i, 0, size))
          << "leaf " << i << " of " << size;
      const auto extension = store::consistency_path(i + 1, size);
      EXPECT_EQ(hashes(tree_of(leaves, extension), extension),
                model_subproof(leaves, i + 1, 0, size, true))
          << "from " << i + 1 << " to " << size;
    }
  }
}

RC_GTEST_PROP(MerkleTree, GivesTheProofsOfSeveralLeavesInOnePass, ()) {
  const auto size = *rc::gen::inRange<std::uint64_t>(1, 3'000);
  const auto indexes =
      *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, size));
  const std::vector<Digest> leaves = numbered_leaves(size);
  std::vector<LeafRange> wanted;
  for (const std::uint64_t index : indexes) {
    const auto path = store::inclusion_path(index, size);
    wanted.insert(wanted.end(), path.begin(), path.end());
  }
  const MerkleTree tree = tree_of(leaves, wanted);
  RC_ASSERT(tree.root() == model_hash(leaves, 0, size));
  for (const std::uint64_t index : indexes) {
    RC_ASSERT(hashes(tree, store::inclusion_path(index, size)) ==
              model_path(leaves, index, 0, size));
  }
}

}  // namespace
}  // namespace giro::test
