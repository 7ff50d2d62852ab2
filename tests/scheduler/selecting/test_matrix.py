"""Rows of a linear program, one by one and in groups: each with its columns, values and limit."""

import numpy as np

from scheduler.selecting.matrix import Rows


def test_rows_one_by_one_and_in_groups_stand_in_the_order_in_which_they_came():
    rows = Rows()
    rows.add(np.array([0, 3]), np.array([1, -1]), 4)
    # Entries of three groups, the second of which is left out.
    rows.group(np.array([0, 1, 2, 2]), np.array([7, 8, 9]), np.array([True, False, True]), -1)
    rows.add(np.array([2]), np.array([5]), 6)
    matrix, limits = rows.built(4)

    assert matrix.toarray().tolist() == [[1, 0, 0, -1], [-1, 0, 0, 0], [0, 0, -1, -1], [0, 0, 5, 0]]
    assert limits.tolist() == [4, 7, 9, 6]


def test_rows_of_a_group_have_the_columns_that_are_told():
    rows = Rows()
    rows.group(np.array([0, 0]), np.array([1]), np.array([True]), columns=np.array([2, 0]))

    assert rows.built(3)[0].toarray().tolist() == [[1, 0, 1]]


def test_no_rows_are_a_matrix_of_none():
    matrix, limits = Rows().built(3)

    assert matrix.shape == (0, 3)
    assert limits.tolist() == []
