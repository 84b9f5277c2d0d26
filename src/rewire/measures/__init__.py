"""What each scan says; one file a family, and no arm labels anywhere."""
