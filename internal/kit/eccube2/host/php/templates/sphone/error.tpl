<h1>エラー</h1><p class="error"><!--{$tpl_error|h}--></p>
