"""Files of maps: every form that they come in, every fault at once."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from rewire.core.atlas import Atlas
from rewire.core.errors import PlanError
from rewire.core.maps import BrainMap, MapLibrary
from rewire.maps.account import map_table
from rewire.maps.reading import read_library
from rewire.plan.maps import MapsChoice
from rewire.plan.parts import ImageChoice

REGIONS = ("LH_Vis_1", "LH_Cont_1", "RH_Vis_1", "RH_Cont_1", "Amygdala-L")
ATLAS = Atlas(
    "Toy",
    REGIONS,
    np.arange(1, 6),
    ("L", "L", "R", "R", "L"),
    ("Vis", "Cont", "Vis", "Cont", ""),
    np.arange(15.0).reshape(5, 3),
)


def read(root: Path, **choice: object) -> MapLibrary:
    return read_library(MapsChoice.model_validate(choice), root, (ATLAS,))


def one(root: Path, text: str, name: str = "maps.tsv") -> BrainMap:
    (root / name).write_text(text, encoding="utf-8")
    (found,) = read(root, annotations=[name]).annotations
    return found


def faults(root: Path, **choice: object) -> str:
    with pytest.raises(PlanError) as caught:
        read(root, **choice)
    return "\n".join(caught.value.faults)


def at(found: BrainMap) -> list[float]:
    return found.at(REGIONS).tolist()


@pytest.mark.parametrize(
    "header",
    ["name\tA", "Region\tA", "\ufeffname\tA", "label\tA", "ROI \tA", "parcel\tA", "\tA"],
)
def test_the_column_of_names_has_many_names(tmp_path: Path, header: str) -> None:
    found = one(tmp_path, f"{header}\nRH_Vis_1\t3\nLH_Vis_1\t1.5\n")
    assert found.name == "A"
    np.testing.assert_array_equal(at(found), [1.5, np.nan, 3, np.nan, np.nan])


@pytest.mark.parametrize("missing", ["n/a", "NA", "NaN", "nan", "", "."])
def test_what_is_missing_is_nan(tmp_path: Path, missing: str) -> None:
    found = one(tmp_path, f"name\tA\nLH_Vis_1\t{missing}\nLH_Cont_1\t2\n")
    np.testing.assert_array_equal(at(found)[:2], [np.nan, 2])


def test_names_are_matched_without_case_gaps_or_the_networks_in_front(tmp_path: Path) -> None:
    text = "name\tA\n7Networks_LH_Vis_1\t1\nrh_vis_1\t2\namygdala l\t3\n17Networks_RH_Cont_1\t4\n"
    np.testing.assert_array_equal(at(one(tmp_path, text)), [1, np.nan, 2, 4, 3])


def test_a_name_that_stands_as_the_atlas_has_it_comes_first(tmp_path: Path) -> None:
    twins = Atlas("Twins", ("a", "A"), np.array([1, 2]), ("", ""), ("", ""), np.zeros((2, 3)), None)
    (tmp_path / "m.tsv").write_text("name\tx1\na\t1\nA\t2\n")
    choice = MapsChoice(annotations=("m.tsv",))
    (found,) = read_library(choice, tmp_path, (twins,)).annotations
    assert found.at(("a", "A")).tolist() == [1, 2]


def test_csv_parquet_and_compressed_tables_say_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame({"A": [1.0, 2.0]}, index=pd.Index(["LH_Vis_1", "LH_Cont_1"], name="name"))
    frame.to_csv(tmp_path / "a.csv")
    frame.rename(columns={"A": "B"}).to_parquet(tmp_path / "b.parquet")
    frame.rename(columns={"A": "C"}).reset_index().to_parquet(tmp_path / "c.parquet")
    packed = gzip.compress(b"name\tD\nLH_Vis_1\t1\nLH_Cont_1\t2\n")
    (tmp_path / "d.tsv.gz").write_bytes(packed)
    (tmp_path / "d.json").write_text(json.dumps({"License": "CC0", "HowToAcknowledge": "Doe 2020"}))
    library = read(tmp_path, annotations=["a.csv", "b.parquet", "c.parquet", "d.tsv.gz"])
    assert [m.name for m in library.annotations] == list("ABCD")
    assert all(at(m)[:2] == [1, 2] for m in library.annotations)
    told = library.annotations[3].provenance
    assert (told.source, told.licence, told.citation) == ("d.tsv.gz", "CC0", "Doe 2020")
    assert [p.name for p in library.files] == ["a.csv", "b.parquet", "c.parquet", "d.tsv.gz"]


def test_columns_that_describe_the_atlas_are_no_maps(tmp_path: Path) -> None:
    text = "index\tname\themisphere\tnetwork\tx\tA\n1\tLH_Vis_1\tL\tVis\t-3\t7\n"
    assert at(one(tmp_path, text))[0] == 7


def test_a_path_outside_the_trial_is_told_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "maps.tsv").write_text("name\tA\nLH_Vis_1\t1\n")
    library = read(tmp_path / "trial", annotations=[str(tmp_path / "maps.tsv")])
    assert library.annotations[0].provenance.source == "maps.tsv"


def test_one_hemisphere_or_no_subcortex_is_said_with_the_regions_that_lack(
    tmp_path: Path,
) -> None:
    (tmp_path / "left.tsv").write_text("name\tA\nLH_Vis_1\t1\nLH_Cont_1\tn/a\nAmygdala-L\t3\n")
    library = read(tmp_path, annotations=["left.tsv"])
    row = map_table(library, [ATLAS]).iloc[0]
    assert (row["matched"], row["regions"]) == (2, 5)
    assert row["missing"] == "LH_Cont_1, RH_Vis_1, RH_Cont_1"
    left = read(tmp_path, annotations=["left.tsv"], hemisphere="L")
    row = map_table(left, [ATLAS]).iloc[0]
    assert (row["matched"], row["regions"], row["missing"]) == (2, 3, "LH_Cont_1")


def test_expression_lies_either_way_round(tmp_path: Path) -> None:
    (tmp_path / "down.csv").write_text("label,WNT1,SYN1\nLH_Vis_1,1,2\nRH_Vis_1,3,4\n")
    (tmp_path / "across.csv").write_text(
        "gene_symbol,RH_Vis_1,LH_Vis_1,n_probes\nWNT1,3,1,9\nSYN1,4,2,9\n"
    )
    for name in ("down.csv", "across.csv"):
        held = read(tmp_path, expression=name).expression
        assert held is not None
        assert held.genes == ("WNT1", "SYN1")
        rows = [held.regions.index(r) for r in ("LH_Vis_1", "RH_Vis_1")]
        assert held.values[rows].tolist() == [[1, 2], [3, 4]]


def test_genes_in_rows_that_no_atlas_knows_are_refused_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("gene,region1,region2\nWNT1,3,1\n")
    assert "write a row a region" in faults(tmp_path, expression="e.csv")


def test_expression_says_how_many_regions_have_samples(tmp_path: Path) -> None:
    text = "name\tG1\tG2\nLH_Vis_1\t1\t2\nRH_Vis_1\tn/a\tn/a\n"
    (tmp_path / "e.tsv").write_text(text)
    row = map_table(read(tmp_path, expression="e.tsv"), [ATLAS]).iloc[0]
    assert (row["map"], row["matched"], row["regions"]) == ("2 genes", 1, 5)


def test_gene_sets(tmp_path: Path) -> None:
    text = "\ufeffwnt (GO:1)\t\tWNT1,1.0\tFZD1\tWNT1\t\nsynapse\twhere signals pass\tSYN1\n\n"
    (tmp_path / "go.gmt").write_text(text, encoding="utf-8")
    (held,) = read(tmp_path, gene_sets=["go.gmt"]).gene_sets
    assert held.name == "go"
    assert [s.genes for s in held.sets] == [("WNT1", "FZD1"), ("SYN1",)]
    assert held.sets[1].description == "where signals pass"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("wnt\tabout\n", "lines 1"),
        ("wnt,about,WNT1\nok\t\tG\n", "lines 1"),
        ("\t\tWNT1\n", "lines 1"),
        ("wnt\t\tWNT1\nwnt\t\tFZD1\n", "two sets of one name: wnt"),
    ],
)
def test_faults_of_gene_sets(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "go.gmt").write_text(text)
    assert told in faults(tmp_path, gene_sets=["go.gmt"])


def test_interactions_count_once(tmp_path: Path) -> None:
    (tmp_path / "ppi.tsv").write_text("a\tb\tscore\nG2\tG1\t0.5\nG1\tG2\t0.5\nG1\tG1\t1\n")
    held = read(tmp_path, interactions="ppi.tsv").interactions
    assert held is not None
    assert (held.pairs, held.weights) == ((("G1", "G2"),), (0.5,))
    (tmp_path / "plain.csv").write_text("a,b\nG2,G1\n")
    plain = read(tmp_path, interactions="plain.csv").interactions
    assert plain is not None
    assert plain.weights == (1.0,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nG1\n", "two columns"),
        ("a\tb\tw\nG1\tG2\tstrong\n", "1 weights that are no number"),
        ("a\tb\nG1\t\n", "1 lines that lack a gene"),
        ("a\tb\tw\nG1\tG2\t1\nG2\tG1\t2\n", "two weights: G2 and G1"),
    ],
)
def test_faults_of_interactions(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "ppi.tsv").write_text(text)
    assert told in faults(tmp_path, interactions="ppi.tsv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name\tA\nLH_Vis_1\tlow\n", r"text where numbers belong, in A \('low'\)"),
        ("name\tA\nLH_Vis_1\t1\n7Networks_LH_Vis_1\t2\n", "names a region twice: LH_Vis_1"),
        ("name\tA\tA\nLH_Vis_1\t1\t2\n", "two columns of one name: A"),
        ("name\tA\nLH_Vis_1\tinf\n", "1 infinite values"),
        ("name\tA\nLH_Vis_1\tn/a\n", "holds no value of A"),
        ("name\nLH_Vis_1\n", "no column of values"),
        ("name\tA\nLH_Vis_1\t1\n\t2\n", "1 rows without the name of a region"),
        ("name\tA\nprecentral\t1\n", "no region of the atlas Toy: it has precentral, the atlas LH"),
        ("A\tB\n1\t2\n", "no column name, region or label"),
        ("name\tA\nLH_Vis_1\t1\t2\n", "more fields than the 2 names"),
        ("", "cannot be read"),
    ],
)
def test_faults_of_tables(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "m.tsv").write_text(text)
    with pytest.raises(PlanError, match=told):
        read(tmp_path, annotations=["m.tsv"])


def test_bytes_that_are_no_text_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_bytes(b"name\tA\nLH_Vis_1\xff\xfe\t1\n")
    (tmp_path / "p.parquet").write_bytes(b"nothing of the kind")
    told = faults(tmp_path, annotations=["m.tsv", "p.parquet"])
    assert told.count("cannot be read") == 2


def test_every_fault_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWIRE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "m.tsv").write_text("name\tA\nLH_Vis_1\tlow\nLH_Vis_1\t1\n")
    (tmp_path / "go.gmt").write_text("wnt\n")
    (tmp_path / "n.tsv").write_text("name\tB\nLH_Vis_1\t1\n")
    told = faults(
        tmp_path,
        annotations=[
            "m.tsv",
            "gone.tsv",
            "fetched:receptors",
            "fetched:recptors",
            "n.tsv",
            "n.tsv",
        ],
        gene_sets=["go.gmt"],
        volumes=["gone.nii.gz"],
    )
    assert "no file gone.tsv" in told
    assert "type: rewire fetch receptors" in told
    assert "No set is called 'recptors'" in told
    assert "two annotations are called B" in told
    assert "names a region twice" in told
    assert "text where numbers belong" in told
    assert "no GMT file" in told
    assert "no file gone.nii.gz" in told
    assert "no image of the trial's atlas" in told


def test_labels_cannot_run_over_a_message(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text("name\tA\n\x1b[31mred\x07" + "x" * 500 + "\t1\n")
    told = faults(tmp_path, annotations=["m.tsv"])
    assert "\x1b" not in told
    assert "\x07" not in told
    assert len(told) < 400


def test_a_fetched_table_without_names_gets_those_of_its_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = keep_receptors(tmp_path, monkeypatch, rows=2)
    library = read(tmp_path, annotations=["fetched:receptors"])
    found = {m.name: at(m)[:2] for m in library.annotations}
    assert len(found) == 19
    assert found["5HT1A"] == [0, 100]
    assert found["VAChT"] == [18, 118]
    told = library.annotations[0].provenance
    assert told.licence == "CC BY-NC-SA 4.0 (forbids commercial use)"
    assert "10.1038/s41593-022-01186-3" in told.citation
    assert set(library.files) == {held / "receptors.csv", held / "regions.txt"}
    keep_receptors(tmp_path, monkeypatch, rows=3)
    assert "3 rows and 19 columns, their names are 2" in faults(
        tmp_path, annotations=["fetched:receptors"]
    )


def keep_receptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> Path:
    """Put a set into the cache as ``rewire fetch`` leaves it."""
    from rewire.core.store import digest_file

    monkeypatch.setenv("REWIRE_CACHE", str(tmp_path / "cache"))
    held = tmp_path / "cache" / "receptors"
    held.mkdir(parents=True, exist_ok=True)
    lines = (",".join(f"{100 * i + j:.3e}" for j in range(19)) for i in range(rows))
    (held / "receptors.csv").write_text("\n".join(lines) + "\n")
    names = "1\t7Networks_LH_Vis_1\t120\t18\t131\t0\n2\t7Networks_LH_Cont_1\t120\t18\t132\t0\n"
    (held / "regions.txt").write_text(names)
    records = {
        f"receptors/{p.name}": {
            "sha256": digest_file(p),
            "size": p.stat().st_size,
            "date": "2026-01-01",
            "address": "https://example.org",
        }
        for p in held.iterdir()
    }
    (tmp_path / "cache" / "fetched.json").write_text(json.dumps(records))
    return held


LABELS = np.zeros((5, 4, 3))
LABELS[0, :, :] = 1
LABELS[1, :, :] = 2
LABELS[2, :, :] = 3
LABELS[3, :, :] = 4
GRID = np.diag([4.0, 4.0, 4.0, 1.0])


def save(path: Path, values: npt.NDArray[np.float64], affine: npt.NDArray[np.float64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values.astype(np.float32), affine), path)


def volumes(root: Path, *names: str, minimum: float = 0.5) -> MapLibrary:
    choice = MapsChoice(volumes=names)
    return read_library(choice, root, (ATLAS,), ImageChoice(minimum_coverage=minimum))


def test_an_image_is_averaged_over_each_region(tmp_path: Path) -> None:
    save(tmp_path / "atlases" / "atlas-Toy_dseg.nii.gz", LABELS, GRID)
    values = np.zeros((5, 4, 3))
    values[0] = np.arange(12.0).reshape(4, 3) + 1  # mean 6.5
    values[1, 0] = 5.0  # 3 of 12 voxels: too few
    values[2] = np.nan
    values[2, :3] = 2.0  # 9 of 12, the rest is missing
    values[3] = -1.0
    values[4] = 99.0  # in no region
    save(tmp_path / "5HT2A.nii.gz", values[..., None], GRID)
    library = volumes(tmp_path, "5HT2A.nii.gz")
    (found,) = library.annotations
    assert found.name == "5HT2A"
    np.testing.assert_allclose(at(found), [6.5, np.nan, 2.0, -1.0, np.nan])
    np.testing.assert_allclose(
        at(volumes(tmp_path, "5HT2A.nii.gz", minimum=0.2).annotations[0])[1], 5.0
    )
    assert "mean over the voxels" in found.provenance.note
    assert "resampled" not in found.provenance.note
    assert [p.name for p in library.files] == ["5HT2A.nii.gz", "atlas-Toy_dseg.nii.gz"]


def test_an_image_on_a_finer_grid_is_resampled_and_says_so(tmp_path: Path) -> None:
    """The map is 10 + x (mm); a slab of the atlas lies at x = 0, 4, 8, 12 mm."""
    save(tmp_path / "atlases" / "atlas-Toy_dseg.nii.gz", LABELS, GRID)
    fine = np.diag([2.0, 2.0, 2.0, 1.0])
    values = np.broadcast_to((10.0 + 2 * np.arange(12.0))[:, None, None], (12, 9, 7)).copy()
    values[:, :4] = 0.0  # outside the brain: it must draw no mean towards 0
    save(tmp_path / "line.nii", values, fine)
    (found,) = volumes(tmp_path, "line.nii").annotations
    np.testing.assert_allclose(at(found)[:4], [10, 14, 18, 22], rtol=1e-5)
    assert "resampled to the grid of the atlas's image" in found.provenance.note


def test_an_image_of_another_space_is_refused(tmp_path: Path) -> None:
    name = "atlas-Toy_space-MNI152NLin6Asym_dseg.nii.gz"
    save(tmp_path / "atlases" / name, LABELS, GRID)
    save(tmp_path / "space-MNIPediatric_map.nii.gz", LABELS, GRID)
    save(tmp_path / "series.nii.gz", np.ones((5, 4, 3, 2)), GRID)
    save(tmp_path / "empty.nii.gz", LABELS * 0, GRID)
    (tmp_path / "torn.nii.gz").write_bytes(b"no image")
    with pytest.raises(PlanError) as caught:
        volumes(
            tmp_path,
            "space-MNIPediatric_map.nii.gz",
            "series.nii.gz",
            "empty.nii.gz",
            "torn.nii.gz",
        )
    told = caught.value.faults
    assert "in space MNIPediatric, the atlas's image in MNI152NLin6Asym" in told[0]
    assert "no single volume" in told[1]
    assert "covers no region of the atlas Toy" in told[2]
    assert "cannot be read as NIfTI" in told[3]


def test_the_atlas_image_may_be_named(tmp_path: Path) -> None:
    save(tmp_path / "atlases" / "atlas-Other_dseg.nii.gz", LABELS, GRID)
    save(tmp_path / "elsewhere" / "atlas-Toy_dseg.nii.gz", LABELS, GRID)
    save(tmp_path / "m.nii.gz", LABELS, GRID)
    images = ImageChoice(atlas_image="elsewhere/atlas-Toy_dseg.nii.gz")
    choice = MapsChoice(volumes=("m.nii.gz",))
    (found,) = read_library(choice, tmp_path, (ATLAS,), images).annotations
    assert at(found)[:4] == [1, 2, 3, 4]


def test_real_receptors_and_expression(shared_data: Path) -> None:
    """Numbers as they stand in the files (first row), and the region without samples."""
    folder = shared_data / "maps-schaefer100"
    choice = MapsChoice(
        annotations=(str(folder / "receptors_pet.tsv"),),
        expression=str(folder / "expression_ahba.parquet"),
        gene_sets=(str(folder / "cell_types_lake.gmt"),),
    )
    names = pd.read_csv(folder / "atlas-Schaefer100_dseg.tsv", sep="\t")["name"].tolist()
    hundred = Atlas(
        "Schaefer100",
        tuple(names),
        np.arange(1, 101),
        ("",) * 100,
        ("",) * 100,
        np.zeros((100, 3)),
    )
    library = read_library(choice, None, (hundred,))
    assert len(library.annotations) == 19
    assert library.annotations[2].at(("LH_Vis_1",)).tolist() == [40.4762]
    table = map_table(library, [hundred])
    assert (table["matched"].iloc[:19] == 100).all()
    genes = table[table["content"] == "expression"].iloc[0]
    assert (genes["map"], genes["matched"]) == ("15633 genes", 99)
    assert genes["missing"].count(",") == 0


def _fine(each: int) -> Atlas:
    stems = [f"{side}H_{name}" for side in "LR" for name in ("Vis", "Cont")]
    names = tuple(f"{stem}_{i}" for stem in stems for i in range(1, each + 1))
    n = len(names)
    sides = tuple(name[0] for name in names)
    return Atlas(f"F{each}", names, np.arange(1, n + 1), sides, ("",) * n, np.zeros((n, 3)))


def test_a_table_of_another_parcellation_with_the_same_names_is_a_fault(tmp_path: Path) -> None:
    """It has a value for every region of the coarser atlas, and each is of another place."""
    coarse, fine = _fine(2), _fine(4)
    lines = "".join(f"{region}\t{i}\n" for i, region in enumerate(fine.regions))
    (tmp_path / "fine.tsv").write_text(f"name\tA\n{lines}")
    choice = MapsChoice(annotations=("fine.tsv",))
    with pytest.raises(PlanError) as caught:
        read_library(choice, tmp_path, (coarse,))
    assert "fine.tsv is of another parcellation: it has LH_Vis_1 to 4 in place of 2" in str(
        caught.value
    )
    table = map_table(read_library(choice, tmp_path, (coarse, fine)), (coarse, fine))
    assert table["matched"].tolist() == [0, 16]
    assert table["note"].tolist() == ["of another parcellation (LH_Vis_1 to 4 in place of 2)", ""]
