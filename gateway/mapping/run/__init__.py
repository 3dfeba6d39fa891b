"""Running a program on a document, plainly and completely."""
