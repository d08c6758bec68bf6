#include "heap/snapshot/snapshot_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"
#include "tests/heap/snapshot/snapshot_file.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SnapshotWriterTest : public HeapTest {
 protected:
  TypeId Define(absl::string_view name,
                const std::vector<absl::string_view>& slot_names = {},
                TypeKind kind = TypeKind::kObject) {
    return *heap_->DefineType(name, kind, slot_names);
  }
  Ref NewOf(TypeId type, absl::string_view payload,
            const std::vector<Value>& values = {}) {
    return *heap_->Allocate(kSession, type, payload, 0, values);
  }
  void RootAndRelease(absl::string_view name, Ref ref) {
    ASSERT_OK(heap_->Root(name, ref));
    Release(ref);
  }
  absl::StatusOr<SnapshotSummary> Write(MemorySink* sink,
                                        bool include_strings = false) {
    SnapshotOptions options;
    options.include_strings = include_strings;
    Collection collection;
    return heap_->WriteSnapshot(options, sink, &collection);
  }
  std::string Text(bool include_strings = false) {
    MemorySink sink;
    EXPECT_OK(Write(&sink, include_strings));
    return sink.text();
  }
  // The worked example of the format: root "cache" -> A (next -> B, 1 -> C,
  // weak w -> B); session s1 holds C.
  void BuildExample() {
    heap_ = *Heap::Create(HeapOptions(), &budget_);
    ASSERT_OK(heap_->OpenSession(kSession, "alice"));
    const Ref b = NewOf(Define("B"), std::string(50, 'b'));
    const Ref c = NewOf(Define("C"), std::string(25, 'c'));
    const Ref a = NewOf(Define("A", {"next", "", "w"}), std::string(100, 'a'),
                        {Value::Strong(b), Value::Strong(c), Value::Weak(b)});
    RootAndRelease("cache", a);
    Release(b);
  }
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The file in tests/data was derived from the format, not taken from a run. A
// change of format is a decision: look at it, then replace it.
TEST_F(SnapshotWriterTest, TheExampleIsWrittenByteForByte) {
  BuildExample();
  const std::string text = Text();
  const std::string golden =
      ReadFile(HEAPD_TEST_DATA_DIR "/golden_small.heapsnapshot");
  EXPECT_EQ(text, golden);
}

TEST_F(SnapshotWriterTest, TheExampleHasTheNodesAndEdgesOfItsGraph) {
  BuildExample();
  const SnapshotFile file(Text());
  ASSERT_EQ(file.nodes().size(), 8u);
  EXPECT_EQ(file.nodes()[0].type, "synthetic");
  EXPECT_THAT(file.EdgesOf(""), ElementsAre("element:1->(GC roots)"));
  EXPECT_THAT(file.EdgesOf("(GC roots)"),
              ElementsAre("internal:named roots->(Named roots)",
                          "internal:client sessions->(Client sessions)"));
  EXPECT_THAT(file.EdgesOf("(Named roots)"), ElementsAre("property:cache->A"));
  EXPECT_THAT(file.EdgesOf("(Client sessions)"),
              ElementsAre("element:0->session 101 (alice)"));
  EXPECT_THAT(file.EdgesOf("session 101 (alice)"), ElementsAre("element:0->C"));
  EXPECT_THAT(file.EdgesOf("A"),
              ElementsAre("property:next->B", "element:1->C", "weak:w->B"));
  EXPECT_THAT(file.EdgesOf("B"), IsEmpty());
}

// Capability row 6.
TEST_F(SnapshotWriterTest, SelfSizesSumToTheUsedBytes) {
  for (uint32_t i = 0; i < 100; ++i) New(i, std::string(i * 7, 'x'));
  New(0, std::string(200'000, 'x'));
  MemorySink sink;
  const SnapshotSummary summary = *Write(&sink);
  const SnapshotFile file(sink.text());
  EXPECT_EQ(file.SumOfSelfSizes(), heap_->used_bytes());
  EXPECT_EQ(summary.total_self_size_bytes, heap_->used_bytes());
  EXPECT_EQ(summary.object_count, 101u);
  EXPECT_EQ(summary.node_count, file.nodes().size());
}

// Capability row 21.
TEST_F(SnapshotWriterTest, LargeObjectsAreShownWithTheirSizeAndEdges) {
  const Ref leaf = NewOf(Define("Leaf"), "");
  std::vector<Value> values(100'000, Value::Null());
  values.back() = Value::Strong(leaf);
  const Ref large = NewOf(Define("Large"), std::string(1 << 20, 'x'), values);
  const SnapshotFile file(Text());
  EXPECT_EQ(file.NodeNamed("Large").self_size,
            heap_->Describe(large)->self_size);
  EXPECT_GT(file.NodeNamed("Large").self_size, (1u << 20) + 400'000u);
  EXPECT_THAT(file.EdgesOf("Large"), ElementsAre("element:99999->Leaf"));
}

TEST_F(SnapshotWriterTest, OnlyWhatIsReachableIsThere) {
  const Ref live = NewOf(Define("Live"), "");
  const Ref dead = NewOf(Define("Dead"), "");
  RootAndRelease("root", live);
  Release(dead);
  const SnapshotFile file(Text());
  EXPECT_EQ(file.CountNamed("Live"), 1u);
  EXPECT_EQ(file.CountNamed("Dead"), 0u);
}

TEST_F(SnapshotWriterTest, NullAndIntegersMakeNoEdge) {
  NewOf(Define("Numbers"), "",
        {Value::Null(), Value::SmallInteger(4), Value::Null()});
  EXPECT_THAT(SnapshotFile(Text()).EdgesOf("Numbers"), IsEmpty());
}

// Capability row 68.
TEST_F(SnapshotWriterTest, AnObjectKeepsItsIdAndNoIdComesTwice) {
  std::vector<Ref> refs;
  std::map<std::string, uint64_t> first;
  for (int i = 0; i < 10; ++i) {
    refs.push_back(NewOf(Define(absl::StrCat("T", i)), ""));
  }
  for (const SnapshotFile file(Text());
       const SnapshotFile::Node& node : file.nodes()) {
    first[node.name] = node.id;
  }
  for (int i = 0; i < 10; i += 2) Release(refs[i]);
  Collect();
  for (int i = 10; i < 20; ++i) NewOf(Define(absl::StrCat("T", i)), "");
  for (const SnapshotFile file(Text());
       const SnapshotFile::Node& node : file.nodes()) {
    if (first.contains(node.name)) {
      EXPECT_EQ(node.id, first[node.name]) << node.name;
    } else {
      EXPECT_GT(node.id, first["T9"]) << "an index used again";
    }
  }
}

TEST_F(SnapshotWriterTest, SessionsKeepTheirIdsAndNamesHideTheirKeys) {
  constexpr SessionId kOther = 0x123456789abcdef;
  ASSERT_OK(heap_->OpenSession(kOther, "other"));
  const std::string first = Text();
  ASSERT_OK(heap_->CloseSession(kSession));
  const std::string second = Text();
  EXPECT_THAT(first, HasSubstr("(other)"));
  EXPECT_THAT(first, Not(HasSubstr(absl::StrCat(kOther))));
  const SnapshotFile before(first);
  for (const SnapshotFile file(second);
       const SnapshotFile::Node& node : file.nodes()) {
    EXPECT_EQ(before.NodeNamed(node.name).id, node.id);
  }
}

TEST_F(SnapshotWriterTest, StringsAreRedactedUnlessAskedFor) {
  ASSERT_OK(heap_->AllocateString(kSession, "secret"));
  const std::string text = Text();
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_EQ(SnapshotFile(text).NodeNamed("(redacted, 6 bytes)").type, "string");
  const SnapshotFile shown(Text(/*include_strings=*/true));
  EXPECT_EQ(shown.NodeNamed("secret").type, "string");
}

TEST_F(SnapshotWriterTest, PayloadsAreNeverWritten) {
  New(0, "canary");
  EXPECT_THAT(Text(/*include_strings=*/true), Not(HasSubstr("canary")));
}

TEST_F(SnapshotWriterTest, StringContentsSurviveEscaping) {
  const absl::string_view content("q\"b\\n\n\0\x1f\xc3\xa9\xf0\x9f\x98\x80",
                                  14);
  ASSERT_OK(heap_->AllocateString(kSession, content));
  const std::string text = Text(/*include_strings=*/true);
  for (const char c : text) {
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  }
  EXPECT_EQ(SnapshotFile(text).CountNamed(std::string(content)), 1u);
}

TEST_F(SnapshotWriterTest, TextThatIsNoUtf8IsReplacedAndStaysUnique) {
  const TypeId text_type = Define("Text", {}, TypeKind::kString);
  NewOf(text_type, "a\xff");
  NewOf(text_type, "a\xfe");
  const SnapshotFile file(Text(/*include_strings=*/true));
  EXPECT_EQ(file.CountNamed("a\xef\xbf\xbd"), 2u);
}

TEST_F(SnapshotWriterTest, LongStringsAreCutAndStayDifferent) {
  const std::string most(1024, 'x');
  ASSERT_OK(heap_->AllocateString(kSession, most));
  ASSERT_OK(heap_->AllocateString(kSession, most + "y"));
  ASSERT_OK(heap_->AllocateString(kSession, most + "z"));
  const SnapshotFile file(Text(/*include_strings=*/true));
  EXPECT_EQ(file.CountNamed(most), 1u) << "not cut at the limit";
  std::vector<std::string> cut;
  for (const std::string& text : file.strings()) {
    if (text.size() <= most.size()) continue;
    EXPECT_EQ(text.substr(0, 1027), most + "...");
    EXPECT_THAT(text, HasSubstr("(1025 bytes, hash "));
    cut.push_back(text);
  }
  EXPECT_EQ(cut.size(), 2u);
}

TEST_F(SnapshotWriterTest, AStringIsCutBetweenCharacters) {
  std::string content;
  for (int i = 0; i < 1025; ++i) content += "\xf0\x9f\x98\x80";
  ASSERT_OK(heap_->AllocateString(kSession, content));
  const SnapshotFile file(Text(/*include_strings=*/true));
  bool found = false;
  for (const std::string& text : file.strings()) {
    found |= text.substr(0, 4 * 1024 + 3) == content.substr(4) + "...";
  }
  EXPECT_TRUE(found);
}

TEST_F(SnapshotWriterTest, TheSinkLearnsClassesAsDevToolsGroupsThem) {
  NewOf(Define("<div id=1>"), "");
  NewOf(Define("<div id=2>"), "");
  NewOf(Define("User", {"a"}), "");
  NewOf(Define("User", {"b"}), "");
  NewOf(Define("Text", {}, TypeKind::kString), "some");
  ASSERT_OK(heap_->AllocateString(kSession, "some"));
  MemorySink sink;
  const SnapshotSummary summary = *Write(&sink);
  EXPECT_THAT(sink.classes(), ElementsAre("<div>", "User", "(string)"));
  ASSERT_EQ(sink.nodes().size(), summary.object_count);
  std::vector<uint32_t> classes;
  for (const MemorySink::NodeCall& node : sink.nodes()) {
    classes.push_back(node.class_number);
  }
  EXPECT_THAT(classes, ElementsAre(0, 0, 1, 1, 2, 2));
}

TEST_F(SnapshotWriterTest, TheSinksErrorEndsTheSnapshot) {
  for (int i = 0; i < 100'000; ++i) New();
  MemorySink full;
  full.FailAfterWrites(2);
  EXPECT_TRUE(absl::IsUnavailable(Write(&full).status()));
  MemorySink picky;
  picky.FailAfterNodes(10);
  EXPECT_TRUE(absl::IsAborted(Write(&picky).status()));
  MemorySink last_write;
  last_write.FailAfterWrites(0);
  EXPECT_TRUE(absl::IsUnavailable(Write(&last_write).status()));
  EXPECT_OK(heap_->Verify());
}

TEST_F(SnapshotWriterTest, WithoutRoomForIdsThereIsNoSnapshot) {
  MakeHeapWithLimit(16 * kMiB);
  New(0, std::string(8 * kMiB, 'x'));
  ASSERT_OK(heap_->SetLimits(4 * kMiB, 0));
  MemorySink sink;
  EXPECT_THAT(Write(&sink), HasReason(reason::kHeapLimit));
  EXPECT_EQ(sink.text(), "");
}

TEST_F(SnapshotWriterTest, AnEmptyHeapHasItsFixedNodesOnly) {
  ASSERT_OK(heap_->CloseSession(kSession));
  EXPECT_EQ(SnapshotFile(Text()).nodes().size(), 4u);
}

TEST_F(SnapshotWriterTest, TheCollectionBeforeIsReported) {
  Release(New());
  MemorySink sink;
  Collection collection;
  ASSERT_OK(heap_->WriteSnapshot(SnapshotOptions(), &sink, &collection));
  EXPECT_EQ(collection.reason, CollectionReason::kSnapshot);
  EXPECT_EQ(collection.object_count_before, 1u);
  EXPECT_EQ(collection.object_count_after, 0u);
}

// Capability row 63.
TEST_F(SnapshotWriterTest, TagsAreAllocationStacks) {
  const Ref tagged =
      *heap_->Allocate(kSession, type_, "x", 0, {}, "GET /orders 502");
  *heap_->Allocate(kSession, Define("Other"), "x", 0, {}, "GET /orders 502");
  *heap_->Allocate(kSession, type_, "", 0, {}, "cache.cc:88");
  NewOf(Define("Untagged"), "");
  const uint64_t size = heap_->Describe(tagged)->self_size;
  MemorySink sink;
  ASSERT_OK(Write(&sink));
  const SnapshotFile file(sink.text());
  EXPECT_EQ(file.NodeNamed("Other").tag, "GET /orders 502");
  EXPECT_EQ(file.NodeNamed("Untagged").tag, "");
  EXPECT_EQ(file.CountNamed("Thing"), 2u) << "a tag makes no class";
  EXPECT_THAT(
      file.traces(),
      testing::UnorderedElementsAre(
          testing::Pair("GET /orders 502", SnapshotFile::Trace{2, 2 * size}),
          testing::Pair("cache.cc:88", SnapshotFile::Trace{1, size - 8})));
  // What a comparison is told.
  EXPECT_THAT(sink.classes(),
              ElementsAre("Thing", "Other", "Thing", "Untagged"));
  EXPECT_THAT(sink.tags(), ElementsAre("GET /orders 502", "GET /orders 502",
                                       "cache.cc:88", ""));
}

TEST_F(SnapshotWriterTest, RedactedStringsShowTheirHashIfThereIsOne) {
  ASSERT_OK(heap_->AllocateString(kSession, "secret").status());
  const Ref text = NewOf(Define("Text", {}, TypeKind::kString), "secret");
  const Ref other = NewOf(Define("Text", {}, TypeKind::kString), "public");
  SnapshotOptions options;
  options.redaction_hash = [](absl::string_view content) {
    return content == "secret" ? 0xabcdef : 1;
  };
  MemorySink sink;
  Collection collection;
  ASSERT_OK(heap_->WriteSnapshot(options, &sink, &collection));
  const SnapshotFile file(sink.text());
  EXPECT_EQ(file.CountNamed("(redacted, 6 bytes, hash 0000000000abcdef)"), 2u);
  EXPECT_EQ(file.CountNamed("(redacted, 6 bytes, hash 0000000000000001)"), 1u);
  EXPECT_THAT(sink.text(), testing::Not(HasSubstr("secret")));
  EXPECT_TRUE(IsThere(text) && IsThere(other));
}

}  // namespace
}  // namespace heapd
