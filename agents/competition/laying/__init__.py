"""What a folder only implies is written out, beside it: unpacked media and tables of names."""
