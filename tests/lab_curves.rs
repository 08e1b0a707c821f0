mod lab_window;
