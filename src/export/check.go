package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("WRONG:", err)
		os.Exit(1)
	}
}

// tiles reads the tiles of the export; the package compares each with the signed root.
type tiles struct{ folder string }

func (t tiles) Height() int                       { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte)   {}
func (t tiles) ReadTiles(all []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range all {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func main() {
	key, err := os.ReadFile(os.Args[1])
	must(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	must(err)
	folder := os.Args[2]
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	var size int64
	_, err = fmt.Sscan(lines[1], &size)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	fmt.Println("signed head of", lines[0], "with", size, "events")

	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	events, err := os.Open(filepath.Join(folder, "events.jsonl"))
	must(err)
	reader := bufio.NewReaderSize(events, 1<<20)
	count := 0
	for {
		text, err := reader.ReadBytes('\n')
		if len(text) == 0 && err != nil {
			break
		}
		var line struct {
			Index int64
			Entry json.RawMessage
		}
		must(json.Unmarshal(text, &line))
		stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, line.Index)})
		must(err)
		if stored[0] != tlog.RecordHash(line.Entry) {
			must(fmt.Errorf("event %d is not the one in the tree", line.Index))
		}
		count++
	}
	fmt.Println("events in the tree:", count)
}
